from django.apps import AppConfig


class PortxAccessConfig(AppConfig):
    name = "portx_access"

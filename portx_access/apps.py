from django.apps import AppConfig


class PortxAccessConfig(AppConfig):
    name = "portx_access"

    def ready(self) -> None:
        # Whoever publishes a task needs the application, with the broker's address, in place.
        from portx_access import celery  # noqa: F401

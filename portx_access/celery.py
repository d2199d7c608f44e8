"""The Celery application: it carries the ids of jobs to the worker, and nothing else."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portx_access.settings")
app = Celery("portx_access")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

"""The relay: rings again for what was lost, keeps appointments, and outlives every error."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection
from pytest_django import Settings

import clock
from jobs import relay
from jobs.heartbeats import relay_lives
from jobs.models import Heartbeat, Job, JobState
from jobs.queue import enqueue

NOON = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def broker(worker_free_queue: Celery) -> Celery:
    return worker_free_queue

"""Kinds of jobs that only tests know."""

import pytest
from pytest_django import Settings

from tests.jobs.kinds import HANDLERS


@pytest.fixture(autouse=True)
def kinds_of_tests(settings: Settings) -> None:
    settings.JOB_HANDLERS = {**settings.JOB_HANDLERS, **HANDLERS}

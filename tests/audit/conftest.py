"""Actors, and a trail that has grown a little."""

from pathlib import Path

import pytest
from pytest_django import Settings

from audit.actors import Actor, Channel


@pytest.fixture(autouse=True)
def own_keys(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def actor() -> Actor:
    return Actor.user(17, Channel.PAGE, request="r-1")

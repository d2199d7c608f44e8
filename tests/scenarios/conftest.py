"""An office to import from; every scenario begins at noon on Monday 5 October 2026."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.scenarios.company import Office


@pytest.fixture
def office(noon: datetime, db: None, tmp_path: Path) -> Office:
    return Office(tmp_path)

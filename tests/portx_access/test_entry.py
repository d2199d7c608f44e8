"""What stands ready before a command runs."""

import subprocess
import sys
from pathlib import Path

from portx_access import embedded
from portx_access.places import BASE_DIR
from tests.portx_access import processes

DROP = "from portx_access import entry; print(entry.drop_half_a_sample())"


def drop(folder: Path, sample: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", DROP],
        cwd=BASE_DIR,
        env=processes.clean_environment(VAR_DIR=str(folder), SAMPLE=sample),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_drop_half_a_sample_removes_only_that() -> None:
    with processes.folder() as top:
        folder = top / "sample"
        folder.mkdir()
        assert drop(folder, sample="1") == "False"  # It was loaded to its end.
        mark = folder / "sample-is-being-loaded"
        mark.touch()
        assert drop(folder, sample="0") == "False"  # It is no sample.
        with embedded.share(folder / "servers"):
            assert drop(folder, sample="1") == "False"  # It is being loaded now.
        assert mark.exists()
        assert drop(folder, sample="1") == "True"
        assert not folder.exists()

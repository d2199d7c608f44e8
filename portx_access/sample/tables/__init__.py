"""Tables of the sample company's story, one CSV file each, read as rows of text."""

import csv
from pathlib import Path


def read(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

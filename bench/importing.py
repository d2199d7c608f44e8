"""Importing a file: the whole command, beside csv.reader and COPY of the same rows."""

import csv
from typing import Any

from django.db import connection, transaction

from bench import company
from bench.stopwatch import Stopwatch


def act(**_: Any) -> float:
    """From the file to the picture that stands, with its findings; the first time or again."""
    with Stopwatch() as watch:
        company.import_accounts()
    return watch.seconds


def limit(**_: Any) -> float:
    """The rows of the file into a table of texts, and nothing else."""
    with company.accounts_file().open(encoding="utf-8", newline="") as file:
        columns = ", ".join(f'"{name}" text' for name in next(csv.reader(file)))
        file.seek(0)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS bare_rows; CREATE TABLE bare_rows ({columns})")
            with Stopwatch() as watch, transaction.atomic():
                rows = csv.reader(file)
                next(rows)
                with cursor.copy("COPY bare_rows FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            cursor.execute("DROP TABLE bare_rows")
    return watch.seconds

"""``make bench``: the table of speed and memory. BENCH_SIZE is the number of grants."""

import os

from bench.frame import RESULT, Goal, Table, run, servers

FULL_SIZE = 1_000_000
# The size that the goals are stated for; memory is compared between the two.
SIZE = 100_000
# A sheet among so many items is the limit for the same sheet among all of them.
FEW = 10_000
BULK = 10_000


def main() -> None:
    full = int(os.environ.get("BENCH_SIZE") or FULL_SIZE)
    with servers():
        run("company.make_tables")
        table = Table()
        few = measure_sheets(FEW)
        for size in sorted({min(SIZE, full), full}):
            measure_company(table, size, times=3 if size <= SIZE else 2)
        compare_sheets(table, full, few)
    print(f"Written to {RESULT}.")


def measure_company(table: Table, size: int, *, times: int) -> None:
    """Import, launch, decide and prove one company after the other."""
    run("company.write_files", size=size)
    table.measure(
        "import_first",
        size,
        before="company.found_company",
        act="importing.act",
        limit="importing.limit",
        goal=Goal(8, 4),
        times=times,
    )
    table.measure(
        "import_again",
        size,
        before="company.settle_down",
        act="importing.act",
        limit="importing.limit",
        goal=Goal(6, 3),
        times=times,
    )
    table.measure(
        "launch",
        size,
        before="launching.forget_campaigns",
        act="launching.act",
        limit="launching.limit",
        goal=Goal(5, 3),
        times=times,
    )
    run("launching.give_all_to_owner")
    bulk = min(BULK, size // 10)
    table.measure(
        "bulk_decide",
        bulk,
        act="deciding.act",
        limit="deciding.limit",
        goal=Goal(4, 2.5),
        times=times,
        bulk=bulk,
    )
    run("deciding.decide_the_rest", bulk=bulk)
    table.measure("evidence", size, act="proving.build", limit="proving.copy_rows")
    table.measure("verify_package", size, act="proving.verify", limit="proving.read_bytes")


Sheets = dict[str, tuple[float, float]]


def measure_sheets(size: int) -> Sheets:
    """What a page, a bare one and a decision take on a sheet of 500 among ``size`` items."""
    run("company.write_files", size=size)
    run("company.found_company")
    run("company.import_accounts")
    return open_sheets()


def open_sheets() -> Sheets:
    run("launching.give_to_managers")
    run("sheets.fill_a_sheet")
    return {step: run(f"sheets.{step}") for step in ("page", "bare", "decision")}


def compare_sheets(table: Table, size: int, few: Sheets) -> None:
    """The same sheet in the company that has been measured last, beside the small one; the page
    beside the bare view; and the page again, now that decisions have been made on the sheet."""
    many = open_sheets()
    measure_browser(table, size)
    for step, goal in (("page", Goal(1.2, 1)), ("decision", None)):
        (seconds, peak), (limit, _) = many[step], few[step]
        table.compare(f"sheet_{step}", size, seconds=seconds, limit=limit, peak=peak, goal=goal)
    (seconds, peak), (limit, _) = many["page"], many["bare"]
    table.compare("sheet_beside_bare", size, seconds=seconds, limit=limit, peak=peak, goal=None)
    decided, peak = run("sheets.page")
    table.compare("sheet_decided", size, seconds=decided, limit=seconds, peak=peak, goal=None)
    table.tell("sheet_paced", size, step="sheets.paced", unit="seconds", at_most=0.1)


def measure_browser(table: Table, size: int) -> None:
    """The same sheet in a browser."""
    table.tell("sheet_lcp", size, step="browser.lcp", unit="seconds", at_most=1)
    table.tell("sheet_inp", size, step="browser.inp", unit="seconds", at_most=0.2)
    table.tell("sheet_script", size, step="browser.script", unit="bytes", at_most=100_000)


if __name__ == "__main__":
    main()

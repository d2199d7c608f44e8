"""The kinds of jobs that only tests know; apart from the handlers, which need Django set up."""

HANDLERS = {f"tests.{name}": f"tests.jobs.handlers.{name}" for name in ("count", "fail", "slow")}

"""The product's settings, pool and all, with the kinds of jobs that only tests know."""

from portx_access.settings import *  # noqa: F403 - the product's own
from portx_access.settings import JOB_HANDLERS, RECURRING_JOBS, RELAY_TICKS
from tests.jobs.kinds import HANDLERS

JOB_HANDLERS |= HANDLERS
RECURRING_JOBS.clear()
RELAY_TICKS.clear()

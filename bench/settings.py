"""The product's settings, with the bare view among its addresses."""

from portx_access.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"

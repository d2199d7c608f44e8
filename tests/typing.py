"""The product's settings for the type checker, which has no key and needs none."""

import os

os.environ.setdefault("SECRET_KEY", "for-the-type-checker-" + "0" * 50)

from portx_access.settings import *  # noqa: F403 - the key comes first

"""What every test may ask for. The servers are started by `tests.settings`."""

pytest_plugins = ["tests.browser", "tests.cast"]

"""Connectors read other systems: configuration in, records out. Plain Python, nothing of ours."""

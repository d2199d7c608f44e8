"""From a file to the picture that stands: staging, validation, comparison, merge, hold."""

"""Django's PostgreSQL backend, able to empty tables whose triggers refuse it."""

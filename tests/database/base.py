"""What tests add to Django's PostgreSQL backend.

A transactional test empties every table at its end; the trail's triggers refuse that, and rightly
so. Triggers rest while a session plays the replica, which a role must have been granted.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.backends.postgresql import base, creation, operations


class DatabaseOperations(operations.DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        with (
            transaction.atomic(using=self.connection.alias),
            self.connection.cursor() as cursor,
        ):
            cursor.execute("SET LOCAL session_replication_role = replica")
            for sql in sql_list:
                cursor.execute(sql)


class DatabaseCreation(creation.DatabaseCreation):
    def _destroy_test_db(
        self,
        test_database_name: str,
        verbosity: int,  # noqa: ARG002  Django's signature
    ) -> None:
        """Sessions that a killed process of a test left behind end with their database."""
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # stubs lack it
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation

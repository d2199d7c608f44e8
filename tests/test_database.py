"""The tests' own ground: one throw-away server, emptied even where triggers refuse it."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_database_is_postgresql_with_utf8() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_encoding'), current_database()")
        encoding, name = cursor.fetchone()
    assert encoding == "UTF8"
    assert name.startswith("test_")


@pytest.fixture
def guarded_table(transactional_db: None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TABLE IF NOT EXISTS guarded (id integer);
            CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
            CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON guarded
                EXECUTE FUNCTION refuse();
            """
        )
    return "guarded"


def test_flush_empties_a_table_whose_trigger_refuses(guarded_table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO guarded VALUES (1)")
    connection.ops.execute_sql_flush([f"TRUNCATE {guarded_table}"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM guarded")
        assert cursor.fetchone() == (0,)
        cursor.execute("DROP TABLE guarded")

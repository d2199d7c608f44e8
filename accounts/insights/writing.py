"""How facts and insights are written in SQL: the pieces that every rule is put together from."""

from datetime import date

from accounts.enums import PersonStatus


def insight_sql(
    rule: str, outcome: str, value: str, source: str = "source", as_of: str = "as_of"
) -> str:
    """One insight as a jsonb object; all but ``rule`` are expressions."""
    return f"""jsonb_build_object('rule', '{rule}', 'outcome', {outcome}, 'value', {value},
        'source', {source}, 'as_of', {as_of})"""


def list_sql(insights: dict[str, str]) -> str:
    """A jsonb list of the insights whose condition holds, in the order given: condition to
    insight."""
    each = ", ".join(f"CASE WHEN {when} THEN {insight} END" for when, insight in insights.items())
    return f"to_jsonb(array_remove(ARRAY[{each}]::jsonb[], NULL))"


def named_sql(condition: str, problems: dict[str, str]) -> str:
    """The names of the problems that there are, as a text[], where ``condition`` holds."""
    named = ", ".join(f"CASE WHEN {when} THEN '{name}' END" for name, when in problems.items())
    return f"CASE WHEN {condition} THEN array_remove(ARRAY[{named}], NULL) ELSE '{{}}' END"


def day_sql(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'UTC')::date"


def left_sql(person: str, today: date) -> str:
    """Person.has_left on ``today``; false where an outer join found no person."""
    return f"""
        (coalesce({person}.status IN ('{PersonStatus.LEFT}', '{PersonStatus.GONE}'), FALSE)
         OR coalesce({person}."end" < DATE '{today}', FALSE))"""

"""To whom accounts belong: employee id, then mail, then exact name, where one person fits.

Everything here is one SQL text over a relation of candidates, so that an import can link rows
that it has only staged. Comparison leaves out case and blanks around. Where somebody who is
here shares an employee id or a mail with people who have left, the one who is here counts; a
name must be borne by one person in all. A key that fits several is ambiguous, and an ambiguous
account is reported and never guessed. The texts bear no parameters.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.enums import LinkMethod, PersonStatus
from accounts.models import Account, Person

_DEPARTED = f"('{PersonStatus.LEFT}', '{PersonStatus.GONE}')"


_ONE_IN_ALL = "CASE WHEN count(*) = 1 THEN min(id) END"
_ONE_HERE = f"""
    CASE WHEN count(*) = 1 THEN min(id)
         WHEN count(*) FILTER (WHERE status NOT IN {_DEPARTED}) = 1
         THEN min(id) FILTER (WHERE status NOT IN {_DEPARTED}) END"""


def _keys_sql(column: str, whom: str) -> str:
    """Each value that people bear in ``column``, with the one person it means, or NULL."""
    return f"""
        SELECT lower(btrim({column})) AS value, count(*) AS people, {whom} AS person_id
        FROM accounts_person WHERE btrim({column}) <> '' GROUP BY 1"""


_PEOPLE = f"""
    by_id AS MATERIALIZED ({_keys_sql("employee_id", _ONE_HERE)}),
    by_mail AS MATERIALIZED ({_keys_sql("mail", _ONE_HERE)}),
    by_name AS MATERIALIZED ({_keys_sql("name", _ONE_IN_ALL)})"""


def _joined_sql(relation: str) -> str:
    return f"""
        FROM {relation} AS candidate
        LEFT JOIN by_id ON by_id.value = lower(btrim(candidate.employee_id))
        LEFT JOIN by_mail ON by_mail.value = lower(btrim(candidate.mail))
        LEFT JOIN by_name ON by_name.value = lower(btrim(candidate.name))"""


_TEAMS = """
    teams AS MATERIALIZED (
        SELECT value, CASE WHEN count(DISTINCT id) = 1 THEN min(id) END AS team_id
        FROM (SELECT lower(btrim(mail)) AS value, id FROM accounts_team WHERE mail <> ''
              UNION ALL SELECT lower(btrim(name)), id FROM accounts_team) AS named
        GROUP BY value)"""


def _links(relation: str) -> str:
    return f"""
        SELECT candidate.ref,
               coalesce(by_id.person_id, by_mail.person_id, by_name.person_id) AS person_id,
               CASE WHEN by_id.person_id IS NOT NULL THEN '{LinkMethod.EMPLOYEE_ID}'
                    WHEN by_mail.person_id IS NOT NULL THEN '{LinkMethod.MAIL}'
                    WHEN by_name.person_id IS NOT NULL THEN '{LinkMethod.NAME}'
                    ELSE '{LinkMethod.NONE}' END AS link_method
        {_joined_sql(relation)}"""


def _owners(relation: str) -> str:
    return f"""
        SELECT candidate.ref,
               CASE WHEN by_mail.person_id IS NOT NULL THEN by_mail.person_id
                    WHEN teams.team_id IS NULL THEN coalesce(by_id.person_id, by_name.person_id)
               END AS person_id,
               CASE WHEN by_mail.person_id IS NULL THEN teams.team_id END AS team_id
        FROM {relation} AS candidate
        LEFT JOIN by_mail ON by_mail.value = lower(btrim(candidate.name))
        LEFT JOIN teams ON teams.value = lower(btrim(candidate.name))
        LEFT JOIN by_id ON by_id.value = lower(btrim(candidate.name))
        LEFT JOIN by_name ON by_name.value = lower(btrim(candidate.name))"""


def links_sql(relation: str) -> str:
    """SELECT ref, person_id, link_method for every row of ``relation``.

    ``relation`` is a table, or a query in brackets, with the columns ref, employee_id, mail
    and name; blank or NULL says nothing. Nobody fitting, or several, gives NULL and "none".
    """
    return f"WITH {_PEOPLE} {_links(relation)}"


def ambiguous_sql(relation: str) -> str:
    """SELECT ref, people for the rows of ``relation`` that fit several people and so none."""
    return f"""
        WITH {_PEOPLE}
        SELECT candidate.ref, greatest(by_id.people, by_mail.people, by_name.people) AS people
        {_joined_sql(relation)}
        WHERE coalesce(by_id.person_id, by_mail.person_id, by_name.person_id) IS NULL
          AND greatest(by_id.people, by_mail.people, by_name.people) > 1"""


def owners_sql(relation: str) -> str:
    """SELECT ref, person_id, team_id for every row of ``relation``: whom ``name`` names.

    ``relation`` has the columns ref and name. A person's mail is looked for first, then a
    team's mail and name, then an employee id and a person's exact name; at most one of the
    two is given. Owners are people or teams; of sponsors only the person is used.
    """
    return f"WITH {_PEOPLE}, {_TEAMS} {_owners(relation)}"


def holders_sql(relation: str) -> str:
    """Both at once, for an import: SELECT ref, person_id, link_method, owner_person_id,
    owner_team_id and sponsor_id; ``relation`` has owner_ref and sponsor_ref, too."""
    named = "(SELECT ref, {0}_ref AS name FROM candidates WHERE {0}_ref <> '')"
    return f"""
        WITH {_PEOPLE}, {_TEAMS}, candidates AS MATERIALIZED (SELECT * FROM {relation} AS given)
        SELECT ref, holder.person_id, holder.link_method, owner.person_id AS owner_person_id,
               owner.team_id AS owner_team_id, sponsor.person_id AS sponsor_id
        FROM ({_links("candidates")}) AS holder
        LEFT JOIN ({_owners(named.format("owner"))}) AS owner USING (ref)
        LEFT JOIN ({_owners(named.format("sponsor"))}) AS sponsor USING (ref)"""


@dataclass(frozen=True, slots=True)
class Linked:
    """What a linking changed, and what it left for a person to settle."""

    holders: int
    owners: int
    sponsors: int
    ambiguous: int


def _unsettled_sql(system_id: int | None) -> str:
    """Accounts whose holder may still be looked for: nobody stands there, or somebody departed."""
    return f"""
        (SELECT a.id AS ref, a.employee_id, a.mail, a.name FROM accounts_account a
         LEFT JOIN accounts_person p ON p.id = a.person_id
         WHERE a.gone_at IS NULL AND NOT a.corrected ? 'person' {_of_system(system_id)}
           AND (p.id IS NULL OR p.status IN {_DEPARTED}))"""


def _named_sql(column: str, correction: str, system_id: int | None) -> str:
    return f"""
        (SELECT a.id AS ref, a.{column} AS name FROM accounts_account a
         WHERE a.gone_at IS NULL AND a.{column} <> '' AND NOT a.corrected ? '{correction}'
         {_of_system(system_id)})"""


def _of_system(system_id: int | None) -> str:
    return "" if system_id is None else f"AND a.system_id = {int(system_id)}"


def link_accounts(system_id: int | None = None) -> Linked:
    """Link the accounts that there are, of one system or of all, after people or teams changed.

    What a person corrected is left alone, and so is a link to somebody who is still here.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"""
            UPDATE accounts_account a SET person_id = l.person_id, link_method = l.link_method
            FROM ({links_sql(_unsettled_sql(system_id))}) AS l
            WHERE a.id = l.ref AND l.person_id IS NOT NULL
              AND a.person_id IS DISTINCT FROM l.person_id""")
        holders = cursor.rowcount
        cursor.execute(f"""
            UPDATE accounts_account a SET owner_person_id = o.person_id, owner_team_id = o.team_id
            FROM ({owners_sql(_named_sql("owner_ref", "owner", system_id))}) AS o
            WHERE a.id = o.ref AND (a.owner_person_id, a.owner_team_id)
                  IS DISTINCT FROM (o.person_id, o.team_id)""")
        owners = cursor.rowcount
        cursor.execute(f"""
            UPDATE accounts_account a SET sponsor_id = o.person_id
            FROM ({owners_sql(_named_sql("sponsor_ref", "sponsor", system_id))}) AS o
            WHERE a.id = o.ref AND a.sponsor_id IS DISTINCT FROM o.person_id""")
        sponsors = cursor.rowcount
    return Linked(holders, owners, sponsors, len(ambiguous_accounts(system_id)))


def ambiguous_accounts(system_id: int | None = None) -> list[tuple[int, int]]:
    """(account id, how many people fit) of every account that fits several people."""
    with connection.cursor() as cursor:
        cursor.execute(ambiguous_sql(_unsettled_sql(system_id)))
        return [(account, people) for account, people in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Likely:
    """Somebody whom an account of nobody may belong to, and the sign for it."""

    person: Person
    because: str


MOST_LIKELY = 3
# Strongest first. Of a person: e(mployee id), m(ail), l(ogin of the mail), n(ame), p(lain name:
# letters and digits only), f(irst) and s(ur)name; of an account the same by its full word.
_SIGNS = (
    ("people.e = asked.employee_id", "same employee id"),
    ("people.m = asked.mail", "same mail"),
    ("people.n = asked.name", "same name"),
    ("people.l = asked.login", "mail begins with the username"),
    ("people.l = asked.mail_login", "mail begins alike"),
    ("people.p = asked.plain_login", "username is the name"),
    ("left(people.f, 1) || people.s = asked.plain_login", "initial and last name"),
    ("people.s = asked.surname", "same last name"),
)
_LOGIN = "split_part(lower(btrim({0})), '@', 1)"
_PLAIN = "regexp_replace({0}, '[^[:alnum:]]', '', 'g')"


def likely_holders(accounts: Sequence[Account]) -> dict[int, list[Likely]]:
    """For each account at most three people whom it may belong to, the likeliest first; one query
    for all of them, and one for the people."""
    with connection.cursor() as cursor:
        cursor.execute(_likely_sql(), [[account.pk for account in accounts]])
        found = cursor.fetchall()
    people = Person.objects.select_related("team").in_bulk([person for _, person, _ in found])
    likely: dict[int, list[Likely]] = defaultdict(list)
    for account, person, sign in found:
        likely[account].append(Likely(people[person], _SIGNS[sign][1]))
    return likely


def _likely_sql() -> str:
    signs = " UNION ALL ".join(
        f"SELECT ref, id, {rank} AS sign, here FROM asked JOIN people ON {sign}"
        for rank, (sign, _) in enumerate(_SIGNS)
    )
    login, mail_login = _LOGIN.format("username"), _LOGIN.format("mail")
    return f"""
        WITH asked AS MATERIALIZED (
            SELECT id AS ref, {_said("employee_id")} AS employee_id, {_said("mail")} AS mail,
                   {_said("name")} AS name, nullif({login}, '') AS login,
                   nullif({mail_login}, '') AS mail_login,
                   nullif({_PLAIN.format(login)}, '') AS plain_login,
                   nullif(regexp_replace(lower(btrim(name)), '^.* ', ''), '') AS surname
            FROM accounts_account WHERE id = ANY(%s)),
        people AS MATERIALIZED (
            SELECT id, {_said("employee_id")} AS e, {_said("mail")} AS m, {mail_login} AS l,
                   {_said("name")} AS n, {_PLAIN.format("lower(name)")} AS p,
                   split_part(lower(btrim(name)), ' ', 1) AS f,
                   regexp_replace(lower(btrim(name)), '^.* ', '') AS s,
                   status NOT IN {_DEPARTED} AS here
            FROM accounts_person),
        best AS (SELECT ref, id, min(sign) AS sign, here FROM ({signs}) AS hits
                 GROUP BY ref, id, here)
        SELECT ref, id, sign FROM (
            SELECT *, row_number() OVER (PARTITION BY ref ORDER BY sign, here DESC, id) AS place
            FROM best) AS ranked
        WHERE place <= {MOST_LIKELY} ORDER BY ref, place"""


def _said(column: str) -> str:
    """What a column says, or NULL, which is alike to nothing."""
    return f"nullif(lower(btrim({column})), '')"

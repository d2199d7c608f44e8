"""What pages read: lists with the joins that a row shows, in a constant number of queries.

Each list is a queryset within what the user may see, without an order of its own: ``listing``
orders, filters and pages it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import (
    Count,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

import clock
from accounts.enums import AccountStatus, FindingState, SourceKind
from accounts.models import (
    Account,
    DutyConflict,
    EmergencyUse,
    Entitlement,
    Finding,
    Grant,
    ImportRun,
    Person,
    PolicyVersion,
    Source,
    System,
    Team,
    User,
)

ORPHANED = Q(person=None, owner_person=None, owner_team=None, operator=None)


def list_accounts(user: User) -> QuerySet[Account, Account]:
    """Standing accounts with holder, owner and sponsor; ``rights`` counts what each holds."""
    return (
        Account.objects.visible_to(user)
        .standing()
        .select_related("system", "person", "owner_person", "owner_team", "sponsor", "operator")
        .annotate(rights=_count(Grant.objects.standing(), "account"))
    )


def list_orphaned(user: User) -> QuerySet[Account, Account]:
    """Live accounts that belong to nobody: what is left to link after an import."""
    return list_accounts(user).filter(ORPHANED).exclude(status=AccountStatus.DISABLED)


def list_findings(user: User) -> QuerySet[Finding, Finding]:
    return Finding.objects.visible_to(user).select_related(
        "system", "account", "account__person", "grant__entitlement", "owner_person", "owner_team"
    )


def list_emergency_uses(user: User) -> QuerySet[EmergencyUse, EmergencyUse]:
    return EmergencyUse.objects.visible_to(user).select_related("account__system", "explained_by")


def list_systems(user: User) -> QuerySet[System, System]:
    """Systems with their source and the run that stands; without one a system is uncovered.

    ``held`` counts standing accounts, ``orphaned`` those of nobody, ``unconfirmed`` rights of
    the catalogue that nobody has confirmed, ``violations`` open findings.
    """
    accounts = Account.objects.standing()
    orphaned = accounts.filter(ORPHANED).exclude(status=AccountStatus.DISABLED)
    return (
        System.objects.visible_to(user)
        .select_related("owner", "source__current_run")
        .annotate(
            held=_count(accounts, "system"),
            orphaned=_count(orphaned, "system"),
            unconfirmed=_count(Entitlement.objects.filter(confirmed_at=None), "system"),
            violations=_count(Finding.objects.filter(state=FindingState.OPEN), "system"),
        )
    )


def list_catalogue(user: User) -> QuerySet[Entitlement, Entitlement]:
    """Rights with their catalogue entry; ``held`` counts the grants of each."""
    return (
        Entitlement.objects.visible_to(user)
        .select_related("system", "confirmed_by")
        .prefetch_related("allowed_teams")
        .annotate(held=_count(Grant.objects.standing(), "entitlement"))
    )


def list_grants(user: User) -> QuerySet[Grant, Grant]:
    return (
        Grant.objects.visible_to(user)
        .standing()
        .select_related("entitlement", "account__system", "account__person")
    )


def list_people(user: User) -> QuerySet[Person, Person]:
    """People with team and manager; ``held`` counts the accounts of each."""
    return (
        Person.objects.visible_to(user)
        .select_related("team", "manager", "source")
        .annotate(held=_count(Account.objects.standing(), "person"))
    )


def list_teams(user: User) -> QuerySet[Team, Team]:
    return (
        Team.objects.visible_to(user)
        .select_related("lead")
        .annotate(
            people=_count(Person.objects.all(), "team"),
            owned=_count(Account.objects.standing(), "owner_team"),
        )
    )


def list_users(user: User) -> QuerySet[User, User]:
    return User.objects.visible_to(user).select_related("person")


@dataclass(frozen=True, slots=True)
class Matched:
    """How many of a system's live accounts belong to somebody: 142 of 150, resolve 8."""

    matched: int
    of: int

    @property
    def to_resolve(self) -> int:
        return self.of - self.matched


def count_matched(system: System) -> Matched:
    live = Account.objects.standing().filter(system=system).exclude(status=AccountStatus.DISABLED)
    counts = live.aggregate(of=Count("pk"), orphaned=Count("pk", filter=ORPHANED))
    return Matched(counts["of"] - counts["orphaned"], counts["of"])


def count_findings(user: User, now: datetime) -> dict[str, int]:
    """Open findings that the user sees: by rule, in all (``open``) and ``overdue``."""
    rows = (
        Finding.objects.visible_to(user)
        .filter(state=FindingState.OPEN)
        .values("rule")
        .annotate(count=Count("pk", distinct=True), late=Count("pk", filter=Q(due_at__lt=now)))
        .order_by("rule")
    )
    counts = {"open": 0, "overdue": 0}
    for row in rows:
        counts[row["rule"]] = row["count"]
        counts["open"] += row["count"]
        counts["overdue"] += row["late"]
    return counts


def _count(rows: QuerySet[Any, Any], key: str) -> Coalesce:
    """How many of ``rows`` hang on the row of the list by ``key``, as a column of it."""
    counted = (
        rows.filter(**{key: OuterRef("pk")})
        .order_by()
        .values(key)
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def list_policy_versions() -> QuerySet[PolicyVersion, PolicyVersion]:
    """Versions of the policy; ``before`` holds the thresholds of the one before, null for that
    which we deliver."""
    earlier = PolicyVersion.objects.filter(version=OuterRef("based_on"))
    return (
        PolicyVersion.objects.filter(version__isnull=False)
        .select_related("made_by__person", "put_in_force_by__person")
        .annotate(before=Subquery(earlier.values("values")[:1]))
    )


def list_conflicts() -> QuerySet[DutyConflict, DutyConflict]:
    return DutyConflict.objects.select_related("first__system", "second__system", "made_by__person")


_HOLD_BOTH = f"""
WITH held AS MATERIALIZED (
    SELECT DISTINCT g.entitlement_id, a.person_id
    FROM accounts_grant g JOIN accounts_account a ON a.id = g.account_id
    WHERE g.gone_at IS NULL AND a.gone_at IS NULL AND a.person_id IS NOT NULL
      AND a.status <> '{AccountStatus.DISABLED}'
      AND g.entitlement_id IN (
          SELECT unnest(ARRAY[first_id, second_id]) FROM accounts_dutyconflict
          WHERE ended_at IS NULL))
SELECT c.id, count(*)
FROM accounts_dutyconflict c
JOIN held one ON one.entitlement_id = c.first_id
JOIN held two ON two.entitlement_id = c.second_id AND two.person_id = one.person_id
WHERE c.ended_at IS NULL
GROUP BY c.id
"""


def count_holders_of_both() -> dict[int, int]:
    """How many people hold both rights of each standing conflict now, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_BOTH)
        return dict(cursor.fetchall())


def list_holders_of_both(user: User, conflict: DutyConflict) -> QuerySet[Person, Person]:
    """The people who hold both rights by live accounts, with the accounts that give them."""
    giving = Grant.objects.standing().filter(entitlement__in=[conflict.first, conflict.second])
    live = Account.objects.standing().exclude(status=AccountStatus.DISABLED)
    people = list_people(user)
    for right in (conflict.first, conflict.second):
        held = live.filter(grants__in=Grant.objects.standing().filter(entitlement=right))
        people = people.filter(pk__in=held.exclude(person=None).values("person"))
    giving_accounts = live.filter(pk__in=giving.values("account")).select_related("system")
    return people.prefetch_related(
        Prefetch("accounts", queryset=giving_accounts.order_by("pk"), to_attr="giving")
    )


# How the trail names what it knows by number only: settings.TRAIL_NAMES leads here.


def account_names(ids: Collection[int]) -> dict[int, str]:
    accounts = Account.objects.select_related("system").filter(pk__in=ids)
    return {account.pk: f"the account {account} in {account.system}" for account in accounts}


def finding_names(ids: Collection[int]) -> dict[int, str]:
    found = Finding.objects.filter(pk__in=ids)
    return {finding.pk: f"finding {finding.pk} ({finding})" for finding in found}


def person_names(ids: Collection[int]) -> dict[int, str]:
    return {person.pk: str(person) for person in Person.objects.filter(pk__in=ids)}


def run_names(ids: Collection[int]) -> dict[int, str]:
    runs = ImportRun.objects.select_related("source__system").filter(pk__in=ids)
    return {run.pk: str(run) for run in runs}


def policy_names(ids: Collection[int]) -> dict[int, str]:
    found = PolicyVersion.objects.filter(pk__in=ids)
    return {each.pk: f"the policy, {each}" for each in found}


def conflict_names(ids: Collection[int]) -> dict[int, str]:
    return {each.pk: str(each) for each in DutyConflict.objects.filter(pk__in=ids)}


def source_names(ids: Collection[int]) -> dict[int, str]:
    sources = Source.objects.select_related("system").filter(pk__in=ids)
    return {source.pk: f"the source {source}" for source in sources}


def system_names(ids: Collection[int]) -> dict[int, str]:
    return {system.pk: str(system) for system in System.objects.filter(pk__in=ids)}


def team_names(ids: Collection[int]) -> dict[int, str]:
    return {team.pk: f"team {team}" for team in Team.objects.filter(pk__in=ids)}


def user_names(ids: Collection[int]) -> dict[int, str]:
    users = User.objects.select_related("person").filter(pk__in=ids)
    return {user.pk: str(user) for user in users}


def list_sessions(user: User) -> QuerySet[UserSession, UserSession]:
    """Where this user is signed in now, the newest first."""
    live = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    own: QuerySet[UserSession, UserSession] = UserSession.objects.filter(user=user)
    return own.filter(session_key__in=live).order_by("-created_at", "-id")


def actor_name(ref: str) -> str:
    """Whom "user:7" or "system:relay" means, in words for people."""
    kind, _, name = ref.partition(":")
    if kind != "user" or not name.isdecimal():
        return name or ref
    return user_names([int(name)]).get(int(name), "a user who was removed")


def list_rosters(user: User) -> QuerySet[Source, Source]:
    """Rosters with the run that stands and the latest one; ``people`` counts who is on each."""
    rosters = Source.objects.visible_to(user).filter(kind=SourceKind.ROSTER)
    here = Person.objects.filter(gone_at=None)
    return rosters.select_related("current_run").annotate(
        people=_count(here, "source"), **_latest("source")
    )


def list_sources(user: User) -> QuerySet[System, System]:
    """Systems as list_systems has them, with ``latest_id`` and ``latest_state`` of the latest run
    of each, whatever became of it."""
    return list_systems(user).filter(retired_at=None).annotate(**_latest("source__system"))


def _latest(path: str) -> dict[str, Subquery]:
    latest = ImportRun.objects.filter(**{path: OuterRef("pk")}).order_by("-pk")
    return {f"latest_{name}": Subquery(latest.values(name)[:1]) for name in ("id", "state")}

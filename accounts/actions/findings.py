"""Findings: opened, followed and closed in sets by what the facts show.

The rules that are watched here close by themselves, once an import or a correction has changed
the facts; nobody can declare one resolved that still holds. A person adds the cause.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

import clock
from accounts import rules
from accounts.actors import user_of
from accounts.enums import Cause, FindingState, Resolution, Severity
from accounts.insights import (
    Policy,
    account_insights_sql,
    current_policy,
    left_sql,
    limited_sql,
    rights_sql,
    row_violations_sql,
    sentence,
    violations_of,
)
from accounts.models import Account, Finding, System
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb

WATCHED = ("S1", "S12", "S13", "S14", "S15", "S16", "S17", "S22", "S23")
LEAVER = "S1"
Counts = dict[str, int]


def refresh_findings(*, actor: Actor, system: System | None = None) -> Counts:
    """Open, bring up to date and close the findings of one system or of all.

    Doing it again changes nothing. Gives the counts: opened, closed, open.
    """
    within = "TRUE" if system is None else f"a.system_id = {system.pk}"
    with transaction.atomic():
        counts = _follow(within, actor, Resolution.FACTS_CHANGED, current_policy())
        target = "findings:all" if system is None else f"findings:{system.pk}"
        trail.record(Verb.FINDINGS_REFRESHED, actor=actor, target=target, data=counts)
    return counts


def follow_account(account: Account, *, actor: Actor) -> Counts:
    """Bring the findings of one account up to date after a person put something right."""
    with transaction.atomic():
        return _follow(f"a.id = {account.pk}", actor, Resolution.CORRECTED, current_policy())


def confirm_cause(finding: Finding, *, actor: Actor, cause: str, note: str = "") -> Finding:
    """Say why the account of a leaver was still live, while the finding is open or later."""
    _check_cause(cause, note)
    with transaction.atomic():
        finding = _open(finding, actor)
        if finding.rule != LEAVER:
            raise WrongInput("A cause is asked for where somebody has left; here, put it right.")
        data = {"was": finding.cause, "cause": cause}
        finding.cause, finding.note = cause, note.strip()
        finding.save(update_fields=["cause", "note"])
        _record(Verb.FINDING_CAUSE_CONFIRMED, finding, actor, data, note)
    return finding


def resolve_finding(
    finding: Finding, *, actor: Actor, resolution: str, cause: str = "", note: str = ""
) -> Finding:
    """Close a finding whose facts are gone, or that no rule here watches.

    Raises WrongInput where the rule still shows it: then something must be put right, or
    removed, and it closes by itself.
    """
    if resolution not in Resolution.values:
        raise WrongInput(f"Choose how it was resolved: {', '.join(Resolution.values)}.")
    with transaction.atomic():
        finding = _open(finding, actor)
        _check_resolvable(finding, resolution, cause, note)
        finding.state, finding.resolved_at = FindingState.RESOLVED, clock.now()
        finding.resolved_by_ref, finding.resolution = actor.ref, resolution
        finding.cause, finding.note = cause or finding.cause, note.strip() or finding.note
        finding.save()
        data = {"rule": finding.rule, "resolution": resolution, "cause": finding.cause}
        _record(Verb.FINDING_RESOLVED, finding, actor, data, note)
    return finding


def still_holds(finding: Finding) -> bool:
    """Whether a rule that is watched here still shows what the finding says."""
    if finding.rule not in WATCHED:
        return False
    right = finding.grant.entitlement_id if finding.grant else None
    return finding.rule in violations_of(finding.account_id, entitlement_id=right)


def _open(finding: Finding, actor: Actor) -> Finding:
    """The finding, locked and read afresh, if the actor may settle it."""
    locked = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("system", "account", "owner_team")
        .get(pk=finding.pk)
    )
    user = user_of(actor)
    if user is not None and not rules.may_resolve_finding(user, locked):
        raise NotAllowed("This finding is not yours to settle: ask the security team.")
    return locked


def _check_resolvable(finding: Finding, resolution: str, cause: str, note: str) -> None:
    if finding.state != FindingState.OPEN:
        raise Conflict(
            f"This finding was resolved on {finding.resolved_at:%d %B %Y at %H:%M} UTC already."
        )
    if cause:
        _check_cause(cause, note)
    if finding.rule == LEAVER and not (cause or finding.cause):
        raise WrongInput("Say why the account was still live: a finding closes with its cause.")
    if resolution == Resolution.EXPLAINED and not note.strip():
        raise WrongInput("Explain it in the note.")
    if still_holds(finding):
        raise WrongInput(
            "What it says still holds. Name what is missing or order a removal: "
            "the finding closes by itself when the facts have changed."
        )


def _check_cause(cause: str, note: str) -> None:
    if cause not in Cause.values:
        raise WrongInput(f"Choose the cause: {', '.join(Cause.values)}.")
    if cause == Cause.OTHER and not note.strip():
        raise WrongInput("Say in the note what the other cause is.")


def _record(verb: Verb, finding: Finding, actor: Actor, data: dict[str, Any], note: str) -> None:
    private = {"note": note.strip()} if note.strip() else {}
    trail.record(verb, actor=actor, target=f"finding:{finding.pk}", data=data, private=private)


_FRESH = """
CREATE TEMP TABLE finding_fresh ON COMMIT DROP AS
SELECT i.account_id, NULL::bigint AS grant_id, insight->>'rule' AS rule, insight AS facts
FROM ({insights}) AS i CROSS JOIN LATERAL jsonb_array_elements(i.insights) AS insight
WHERE i.worst = 'V' AND insight->>'outcome' = 'V'
"""
# The rights of which the catalogue says who may hold them; where it says nothing, no more is asked.
_LIMITED = "SELECT e.entitlement_id FROM ({rights}) AS e WHERE {limited}"
# A right that comes by several paths is one finding, of the path that a campaign would judge.
_FRESH_OF_RIGHTS = """
INSERT INTO finding_fresh
SELECT i.account_id, g.id, insight->>'rule', insight
FROM (SELECT DISTINCT ON (g.account_id, g.entitlement_id) g.id, g.account_id, g.entitlement_id
      FROM accounts_grant g
      WHERE g.gone_at IS NULL AND g.entitlement_id IN ({limited})
      ORDER BY g.account_id, g.entitlement_id, g.via, g.id) AS g
JOIN ({rights}) AS e ON e.entitlement_id = g.entitlement_id
JOIN ({insights}) AS i ON i.account_id = g.account_id
CROSS JOIN LATERAL jsonb_array_elements({violations}) AS insight
"""
# Whoever can act on it: the departed are asked for nothing, and nobody about their own account.
_OWNED = """
CREATE TEMP TABLE finding_owned ON COMMIT DROP AS
SELECT x.*, a.system_id,
       CASE WHEN x.rule = 'S1' THEN coalesce(manager.id, s.owner_id)
            WHEN x.rule IN ('S12', 'S23')
            THEN coalesce(sponsor.id, manager.id, nullif(s.owner_id, a.person_id))
            WHEN x.rule IN ('S13', 'S14', 'S16')
            THEN CASE WHEN a.owner_team_id IS NULL THEN coalesce(o.id, s.owner_id) END
            WHEN x.rule IN ('S15', 'S22') THEN coalesce(nullif(s.owner_id, a.person_id), manager.id)
            ELSE s.owner_id END AS owner_person_id,
       CASE WHEN x.rule IN ('S13', 'S14', 'S16') THEN a.owner_team_id END AS owner_team_id
FROM finding_fresh AS x
JOIN accounts_account a ON a.id = x.account_id
JOIN accounts_system s ON s.id = a.system_id
LEFT JOIN accounts_person h ON h.id = a.person_id
LEFT JOIN accounts_person manager ON manager.id = h.manager_id AND NOT {manager_left}
LEFT JOIN accounts_person sponsor ON sponsor.id = a.sponsor_id AND NOT {sponsor_left}
LEFT JOIN accounts_person o ON o.id = a.owner_person_id AND NOT {owner_left}
"""
_SAME = """{x}.account_id = {f}.account_id AND {x}.rule = {f}.rule
       AND {x}.grant_id IS NOT DISTINCT FROM {f}.grant_id"""
_CLOSE = f"""
UPDATE accounts_finding f
SET state = %(resolved)s, resolved_at = %(now)s, resolved_by_ref = %(by)s,
    resolution = %(resolution)s
FROM accounts_account a
WHERE a.id = f.account_id AND ({{within}}) AND f.state = %(open)s AND f.rule = ANY(%(watched)s)
  AND NOT EXISTS (SELECT FROM finding_owned x WHERE {_SAME.format(x="x", f="f")})
RETURNING f.id, f.rule, f.account_id
"""
_TO_SAY = f"""
SELECT x.account_id, x.grant_id, x.rule, x.facts FROM finding_owned x
LEFT JOIN accounts_finding f ON {_SAME.format(x="x", f="f")} AND f.state = %(open)s
WHERE f.id IS NULL OR (f.facts, f.owner_person_id, f.owner_team_id)
      IS DISTINCT FROM (x.facts, x.owner_person_id, x.owner_team_id)
"""
_SAID = """
CREATE TEMP TABLE finding_said (account_id bigint, grant_id bigint, rule text, sentence text)
ON COMMIT DROP
"""
_UPDATE = f"""
UPDATE accounts_finding f SET facts = x.facts, sentence = said.sentence,
       owner_person_id = x.owner_person_id, owner_team_id = x.owner_team_id
FROM finding_owned x JOIN finding_said said ON {_SAME.format(x="said", f="x")}
WHERE {_SAME.format(x="x", f="f")} AND f.state = %(open)s
"""
_OPEN = f"""
INSERT INTO accounts_finding (rule, severity, system_id, account_id, grant_id, sentence, facts,
    owner_person_id, owner_team_id, state, opened_at, due_at, resolved_by_ref, resolution, cause,
    note, link)
SELECT x.rule, %(violation)s, x.system_id, x.account_id, x.grant_id, said.sentence, x.facts,
       x.owner_person_id, x.owner_team_id, %(open)s, %(now)s, %(due)s, '', '', '', '', ''
FROM finding_owned x JOIN finding_said said ON {_SAME.format(x="said", f="x")}
WHERE NOT EXISTS (SELECT FROM accounts_finding f
                  WHERE {_SAME.format(x="x", f="f")} AND f.state = %(open)s)
RETURNING id, rule, account_id
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('accounts.findings'))"


def _follow(within: str, actor: Actor, resolution: Resolution, policy: Policy) -> Counts:
    """Make the open findings of the accounts ``within`` those that the facts show."""
    now = clock.now()
    given: dict[str, Any] = {
        "now": now,
        "due": now + timedelta(hours=policy.violation_hours),
        "by": actor.ref,
        "resolution": resolution,
        "resolved": FindingState.RESOLVED,
        "open": FindingState.OPEN,
        "violation": Severity.VIOLATION,
        "watched": list(WATCHED),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        _work_out(cursor, within, policy)
        cursor.execute(_CLOSE.format(within=within), given)
        closed = cursor.fetchall()
        cursor.execute(_TO_SAY, given)
        _say(cursor)
        cursor.execute(_UPDATE, given)
        cursor.execute(_OPEN, given)
        opened = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM finding_owned")
        (still,) = cursor.fetchone()
    _tell(Verb.FINDING_OPENED, opened, actor)
    _tell(Verb.FINDING_RESOLVED, closed, actor, resolution=resolution.value, cause="")
    return {"opened": len(opened), "closed": len(closed), "open": still}


def _work_out(cursor: CursorWrapper, within: str, policy: Policy) -> None:
    today, insights = clock.today(), account_insights_sql(policy, where=within)
    cursor.execute(
        "DROP TABLE IF EXISTS pg_temp.finding_fresh, pg_temp.finding_owned, pg_temp.finding_said"
    )
    cursor.execute(_FRESH.format(insights=insights))
    _work_out_rights(cursor, within, policy)
    cursor.execute(
        _OWNED.format(
            manager_left=left_sql("manager", today),
            sponsor_left=left_sql("sponsor", today),
            owner_left=left_sql("o", today),
        )
    )
    cursor.execute(_SAID)


def _work_out_rights(cursor: CursorWrapper, within: str, policy: Policy) -> None:
    cursor.execute(_LIMITED.format(rights=rights_sql(), limited=limited_sql()))
    limited = ", ".join(str(right) for (right,) in cursor.fetchall())
    if limited:
        holders = f"SELECT account_id FROM accounts_grant WHERE entitlement_id IN ({limited})"
        cursor.execute(
            _FRESH_OF_RIGHTS.format(
                limited=limited,
                rights=rights_sql(f"e.id IN ({limited})"),
                insights=account_insights_sql(policy, where=f"({within}) AND a.id IN ({holders})"),
                violations=row_violations_sql(),
            )
        )


def _say(cursor: CursorWrapper) -> None:
    """Put what is new or changed into words, and hand the words back to the database."""
    rows = cursor.fetchall()
    with cursor.copy("COPY finding_said FROM STDIN") as copy:
        for account_id, grant_id, rule, facts in rows:
            copy.write_row((account_id, grant_id, rule, sentence(json.loads(facts))[:500]))


def _tell(verb: Verb, rows: list[tuple[int, str, int]], actor: Actor, **data: str) -> None:
    def events() -> Iterator[trail.EventRow]:
        for finding, rule, account in rows:
            yield trail.EventRow(f"finding:{finding}", {"rule": rule, "account": account, **data})

    trail.record_many(verb, actor=actor, rows=events())

"""Keep until asks again on its day: of the one who chose it, after its campaign, too.

The decision with its day is the due row; asking makes one recheck of it. What was signed is
never touched: the answer stands in the recheck, and its events in the stream of the system.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F

import clock
from accounts import insights
from accounts import rules as account_rules
from accounts.actions import lapses
from accounts.enums import AccountType
from accounts.models import User
from audit import trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import recheck_notices
from reviews.actions.authority import acting_user
from reviews.actions.ending import move_ends
from reviews.actions.rerouting import name_successors
from reviews.actions.revoking import order_again
from reviews.enums import Choice, RecheckState
from reviews.models import Recheck, ReviewItem

DAYS_TO_ANSWER = 3
MACHINES = (AccountType.SERVICE, AccountType.EMERGENCY)

GONE = """
(a.gone_at IS NOT NULL OR (i.entitlement_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM accounts_grant g WHERE g.account_id = i.account_id
       AND g.entitlement_id = i.entitlement_id AND g.gone_at IS NULL)))
"""
# Settled elsewhere: a removal under way, a later review's decision, or a revoke at the other stage.
OVERTAKEN = """
(i.outcome <> 'certified_until' OR EXISTS (
    SELECT FROM reviews_revocation v
     WHERE v.account_id = i.account_id AND v.entitlement_id IS NOT DISTINCT FROM i.entitlement_id
       AND v.state IN ('waiting', 'open', 'done', 'failed')) OR EXISTS (
    SELECT FROM reviews_reviewitem l JOIN reviews_campaign lc ON lc.id = l.campaign_id
     WHERE l.account_id = i.account_id AND l.entitlement_id IS NOT DISTINCT FROM i.entitlement_id
       AND lc.launched_at > c.launched_at
       AND l.outcome IN ('certified', 'certified_until', 'revoked')))
"""

ASK = f"""
INSERT INTO reviews_recheck (
    decision_id, round, item_id, person_id, state, due_on, asked_at, answer_by, over_at)
SELECT x.decision_id, x.round, x.item_id, x.person_id, x.state, x.due_on, %(now)s, %(by)s,
       CASE WHEN x.state <> 'asked' THEN %(now)s END
  FROM (SELECT due.*, CASE WHEN {GONE} THEN 'gone' WHEN {OVERTAKEN} THEN 'overtaken'
                           ELSE 'asked' END AS state
          FROM (SELECT d.id AS decision_id, 1 AS round, d.item_id, d.person_id, d.until AS due_on
                  FROM reviews_decision d
                 WHERE d.state = 'standing' AND d.until <= %(today)s
                   AND NOT EXISTS (SELECT FROM reviews_recheck r WHERE r.decision_id = d.id)
                UNION ALL
                SELECT r.decision_id, r.round + 1, r.item_id, r.person_id, r.until
                  FROM reviews_recheck r
                 WHERE r.state = 'kept' AND r.until <= %(today)s
                   AND NOT EXISTS (SELECT FROM reviews_recheck n
                                    WHERE n.decision_id = r.decision_id AND n.round > r.round)
               ) due
          JOIN reviews_reviewitem i ON i.id = due.item_id
          JOIN reviews_campaign c ON c.id = i.campaign_id
          JOIN accounts_account a ON a.id = i.account_id
         WHERE i.outcome = 'certified_until' OR c.state = 'closed'
       ) x
ON CONFLICT DO NOTHING RETURNING id
"""

# Who can be asked no more: they left, or it has become their own access.
UNFIT = """
CREATE TEMP TABLE moving ON COMMIT DROP AS
SELECT r.item_id, d.stage, r.person_id AS from_id
  FROM reviews_recheck r
  JOIN reviews_decision d ON d.id = r.decision_id
  JOIN reviews_reviewitem i ON i.id = r.item_id
  JOIN accounts_account a ON a.id = i.account_id
  JOIN accounts_person p ON p.id = r.person_id
 WHERE i.campaign_id = %(campaign)s AND r.id = ANY(%(asked)s) AND r.state = 'asked'
   AND (p.status NOT IN ('active', 'unknown') OR p.id = a.person_id
        OR p.id = coalesce(a.operator_id, a.owner_person_id))
"""

REPLACE = """
UPDATE reviews_recheck r SET person_id = s.to_id
  FROM successor s, reviews_decision d
 WHERE d.id = r.decision_id AND s.item_id = r.item_id AND s.stage = d.stage
   AND r.id = ANY(%(asked)s)
"""

# Open ones that have been settled without an answer.
SETTLED = f"""
UPDATE reviews_recheck r
   SET over_at = %(now)s, state = CASE WHEN {GONE} THEN 'gone' ELSE 'overtaken' END
  FROM reviews_reviewitem i, reviews_campaign c, accounts_account a
 WHERE i.id = r.item_id AND c.id = i.campaign_id AND a.id = i.account_id AND r.state = 'asked'
   AND ({GONE} OR {OVERTAKEN})
RETURNING r.id
"""


def ask_again(*, actor: Actor) -> int:
    """Ask again what was kept until a day that has come, each decision once."""
    now = clock.now()
    given = {
        "now": now,
        "today": clock.today(),
        "by": now + timedelta(days=DAYS_TO_ANSWER),
    }
    with transaction.atomic():
        rechecks = _written(ASK, given)
        asked = [each.pk for each in rechecks if each.state == RecheckState.ASKED]
        for campaign in sorted({each.item.campaign_id for each in rechecks}):
            name_successors(UNFIT, {"campaign": campaign, "by_rule": True, "asked": asked})
            with connection.cursor() as cursor:
                cursor.execute(REPLACE, {"asked": asked})
        _record_asked(Recheck.objects.filter(pk__in=asked), actor)
        _record_ended([each for each in rechecks if each.state != RecheckState.ASKED], actor)
        recheck_notices.tell_asked_again(asked, actor=actor)
    return len(asked)


def end_settled(*, actor: Actor) -> int:
    """End the open ones whose access is gone, or that something else has settled."""
    with transaction.atomic():
        ended = _written(SETTLED, {"now": clock.now()})
        _record_ended(ended, actor)
    return len(ended)


def lapse_unanswered(*, actor: Actor) -> int:
    """Three days without an answer: a removal; for service and emergency accounts a finding."""
    now = clock.now()
    with transaction.atomic():
        silent = list(
            _open_rechecks()
            .select_for_update(of=("self",), skip_locked=True)
            .filter(answer_by__lte=now)
        )
        for recheck in silent:
            if recheck.item.account_type in MACHINES:
                _become_finding(recheck, actor)
        people = [each for each in silent if each.state == RecheckState.ASKED]
        _become_removals(people, RecheckState.LAPSED, _silence(), actor)
        for recheck in silent:
            became: JSON = (
                f"finding:{recheck.finding_id}"
                if recheck.finding_id
                else f"revocation:{recheck.revocation_id}"
            )
            _record(Verb.RECHECK_LAPSED, recheck, actor, {"became": became})
        recheck_notices.tell_lapsed(silent, actor=actor)
    return len(silent)


def answer_recheck(
    recheck: Recheck, *, actor: Actor, choice: Choice, reason: str, until: date | None = None
) -> Recheck:
    """Keep it until another day, or revoke it; Conflict where it has been settled by now."""
    end_settled(actor=actor)
    with transaction.atomic():
        user = acting_user(actor)
        recheck = _open_rechecks(over=True).select_for_update(of=("self",)).get(pk=recheck.pk)
        _check_may_answer(recheck, user)
        item = with_facts_of_today(recheck.item)
        if choice not in {Choice.CERTIFY_UNTIL, Choice.REVOKE}:
            raise WrongInput("Keep it until a day, or revoke it.")
        if not reason.strip():
            raise WrongInput("Say why in a few words: this decision needs a reason.")
        if choice == Choice.CERTIFY_UNTIL:
            _check_may_be_kept(item, until)
        recheck.reason, recheck.over_at = reason.strip(), clock.now()
        recheck.answered_by_name = user.person.name if user.person else user.email
        if choice == Choice.REVOKE:
            _become_removals([recheck], RecheckState.REVOKED, recheck.reason, actor)
            data: dict[str, JSON] = {"revocation": recheck.revocation_id}
            _record(Verb.RECHECK_REVOKED, recheck, actor, data)
        else:
            recheck.state, recheck.until = RecheckState.KEPT, until
            recheck.save()
            _record(Verb.RECHECK_KEPT, recheck, actor, {"until": str(until)})
            if until:
                move_ends(actor, [item], until)
    return recheck


def _check_may_be_kept(item: ReviewItem, until: date | None) -> None:
    if until is None or until <= clock.today():
        raise WrongInput("Say until when to keep it: a day after today.")
    latest = rules.latest_end(item.campaign)
    if refusal := (
        rules.why_forbidden(item, until) or rules.ends_too_late(item.account_type, until, latest)
    ):
        raise WrongInput(refusal)


def may_answer(recheck: Recheck, user: User) -> bool:
    """Who is asked; the security team where nobody can be, or who was asked can no more."""
    if recheck.state != RecheckState.ASKED:
        return False
    if rules.is_own_access(user.person_id, recheck.item.account):
        return False
    if recheck.person is not None and recheck.person.status in rules.MAY_REVIEW:
        return recheck.person_id == user.person_id and user.is_active
    return account_rules.may_run(user)


def with_facts_of_today(item: ReviewItem) -> ReviewItem:
    """The item, with the violations struck that the facts of today do not show any more.

    It is not saved: what was put right after the review is not part of it.
    """
    broken = rules.violations(item)
    if broken:
        now = insights.violations_of(
            item.account_id,
            insights.Policy(**item.campaign.policy),
            entitlement_id=item.entitlement_id,
        )
        struck = [rule for rule in broken if rule in rules.CORRECTABLE and rule not in now]
        item.corrected = {**item.corrected, **{rule: {} for rule in struck}}
    return item


def _check_may_answer(recheck: Recheck, user: User) -> None:
    if recheck.state != RecheckState.ASKED:
        raise Conflict(f"This is over already: {recheck.get_state_display().lower()}.")
    if rules.is_own_access(user.person_id, recheck.item.account):
        raise NotAllowed("This is your own access: somebody else must judge it.")
    if not may_answer(recheck, user):
        raise NotAllowed("Somebody else is asked about this.")


def _become_removals(
    rechecks: Sequence[Recheck], state: RecheckState, reason: str, actor: Actor
) -> None:
    """One order for each access; two questions about one share it, and one under way is found."""
    order_again([each.decision for each in rechecks], actor=actor, reason=reason, at=clock.now())
    for recheck in rechecks:
        recheck.state, recheck.over_at = state, clock.now()
        recheck.revocation = (
            recheck.item.account.revocations.filter(entitlement=recheck.item.entitlement_id)
            .order_by("-id")
            .first()
        )
        recheck.save()


def _become_finding(recheck: Recheck, actor: Actor) -> None:
    item = recheck.item
    recheck.finding = lapses.open_lapse(
        item.account,
        item.grant,
        actor=actor,
        rule=lapses.UNANSWERED,
        facts={"due": recheck.due_on.isoformat()},
        sentence=(
            f"{item} of {item.account} was kept until {recheck.due_on:%-d %B %Y}, and nobody has "
            "said whether it is still needed."
        ),
        link=f"recheck:{recheck.pk}",
    )
    recheck.state, recheck.over_at = RecheckState.FOUND, clock.now()
    recheck.save()


def _silence() -> str:
    return f"Kept until a day that has passed, and no answer in {DAYS_TO_ANSWER} days."


def _open_rechecks(*, over: bool = False) -> Any:
    rows = Recheck.objects.select_related(
        "decision__item__system__owner",
        "item__campaign",
        "item__account__owner_person",
        "item__account__system__owner",
        "item__grant",
        "person",
    ).order_by("pk")
    return rows if over else rows.filter(state=RecheckState.ASKED)


def _written(sql: str, given: dict[str, Any]) -> list[Recheck]:
    """The rows that a statement has made or changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Recheck.objects.filter(pk__in=ids).select_related("item").order_by("pk"))


def _record_asked(rechecks: Any, actor: Actor) -> None:
    rows = rechecks.annotate(campaign=F("item__campaign")).order_by("pk")
    trail.record_many(
        Verb.RECHECK_ASKED,
        actor=actor,
        rows=(
            trail.EventRow(
                f"recheck:{each.pk}",
                {
                    "item": each.item_id,
                    "decision": each.decision_id,
                    "person": f"person:{each.person_id}" if each.person_id else "",
                    "due": each.due_on.isoformat(),
                },
            )
            for each in rows
        ),
    )


def _record_ended(rechecks: Sequence[Recheck], actor: Actor) -> None:
    trail.record_many(
        Verb.RECHECK_ENDED,
        actor=actor,
        rows=(
            trail.EventRow(f"recheck:{each.pk}", {"item": each.item_id, "how": each.state})
            for each in rechecks
        ),
    )


def _record(verb: Verb, recheck: Recheck, actor: Actor, data: dict[str, JSON]) -> None:
    trail.record(
        verb,
        actor=actor,
        target=f"recheck:{recheck.pk}",
        data={"item": recheck.item_id, "decision": recheck.decision_id, **data},
        private={"reason": recheck.reason} if recheck.reason else {},
    )

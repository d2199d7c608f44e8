"""What a finished import means for the reviews, drawn once for each run.

Removals are proved or found to have failed, what was proved gone and is back opens a
violation, items whose access vanished are gone before decision, and sheets of reviewers who
left change hands.
"""

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

import clock
from accounts.actions.reappearances import open_reappearance
from accounts.enums import AccountStatus, RunState, SourceKind
from accounts.models import Account, ExpectedRemoval, Grant, ImportRun
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.actions import removal_notices
from reviews.actions.rerouting import replace_leavers
from reviews.actions.revoking import stream_of
from reviews.enums import RevocationState
from reviews.models import FollowedRun, Revocation

CLAIM = """
INSERT INTO reviews_followedrun (run_id, followed_at) VALUES (%s, %s)
ON CONFLICT (run_id) DO NOTHING
"""


def follow_imports(*, actor: Actor) -> int:
    """Follow every finished import run that nobody has followed, oldest first."""
    followed = FollowedRun.objects.filter(run=OuterRef("pk"))
    runs = (
        ImportRun.objects.filter(~Exists(followed), state=RunState.COMPLETE)
        .select_related("source")
        .order_by("finished_at", "id")
    )
    return sum(_follow(run, actor) for run in runs)


def _follow(run: ImportRun, actor: Actor) -> bool:
    """Draw the consequences of one run, unless another process has claimed it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [run.pk, clock.now()])
            if not cursor.rowcount:
                return False
        if run.source.kind == SourceKind.ROSTER:
            replace_leavers(actor=actor)
        else:
            _close_vanished(run, actor)
            _prove_removals(run, actor)
            _find_failures(run, actor)
            _find_reappearances(run, actor)
        return True


# An item is gone when what it was about is: the grant, or for an account item the account.
VANISHED = """
UPDATE reviews_reviewitem i
   SET outcome = 'gone', outcome_at = %(at)s, version = i.version + 1,
       second_version = i.second_version + 1
  FROM accounts_account a, reviews_campaign c
 WHERE a.id = i.account_id AND c.id = i.campaign_id AND c.state = 'open'
   AND i.system_id = %(system)s AND i.outcome = 'open'
   AND (a.gone_at IS NOT NULL OR (i.entitlement_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_grant g WHERE g.account_id = i.account_id
           AND g.entitlement_id = i.entitlement_id AND g.gone_at IS NULL)))
RETURNING i.id, i.campaign_id
"""

RETURNED = """
UPDATE reviews_reviewitem i
   SET outcome = 'open', outcome_at = NULL, version = i.version + 1,
       second_version = i.second_version + 1
  FROM accounts_account a, reviews_campaign c
 WHERE a.id = i.account_id AND c.id = i.campaign_id AND c.state = 'open'
   AND i.system_id = %(system)s AND i.outcome = 'gone' AND a.gone_at IS NULL
   AND (i.entitlement_id IS NULL OR EXISTS (
        SELECT FROM accounts_grant g WHERE g.account_id = i.account_id
           AND g.entitlement_id = i.entitlement_id AND g.gone_at IS NULL))
RETURNING i.id, i.campaign_id
"""


def _close_vanished(run: ImportRun, actor: Actor) -> None:
    given = {"system": run.source.system_id, "at": clock.now()}
    for sql, verb in ((VANISHED, Verb.ITEM_GONE), (RETURNED, Verb.ITEM_RETURNED)):
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        for campaign in sorted({campaign for _, campaign in rows}):
            trail.record_many(
                verb,
                actor=actor,
                stream=f"campaign:{campaign}",
                rows=(
                    trail.EventRow(f"item:{item}", {"run": run.pk})
                    for item, of in rows
                    if of == campaign
                ),
            )


def _held_still() -> Q:
    """Whether what a revocation is about is still there: the grant, or the live account."""
    grants = Grant.objects.filter(
        account=OuterRef("account"), entitlement=OuterRef("entitlement"), gone_at=None
    )
    live = Account.objects.filter(pk=OuterRef("account"), gone_at=None)
    return Q(Exists(grants), entitlement__isnull=False) | Q(
        Exists(live.exclude(status=AccountStatus.DISABLED)), entitlement__isnull=True
    )


def _prove_removals(run: ImportRun, actor: Actor) -> None:
    """What is gone from a run that proves removals is verified, done by hand or not."""
    if run.proves_until is None:
        return
    gone = (
        Revocation.objects.select_for_update(of=("self",))
        .filter(~_held_still(), system=run.source.system_id)
        .filter(
            Q(state=RevocationState.DONE, done_at__lte=run.proves_until)
            | Q(
                state__in=[
                    RevocationState.WAITING,
                    RevocationState.OPEN,
                    RevocationState.FAILED,
                ],
                decided_at__lte=run.proves_until,
            )
        )
        .order_by("pk")
    )
    for order in gone:
        order.state, order.verified_at = RevocationState.VERIFIED, clock.now()
        order.verified_by_run = run
        order.save(update_fields=["state", "verified_at", "verified_by_run"])
        ExpectedRemoval.objects.filter(
            account=order.account_id, entitlement=order.entitlement_id
        ).delete()
        _record(Verb.REVOCATION_VERIFIED, order, run, actor)


def _find_failures(run: ImportRun, actor: Actor) -> None:
    """Said to be done before the facts were read, and still there: failed, and escalated."""
    if run.proves_until is None:
        return
    failed = (
        Revocation.objects.select_for_update(of=("self",))
        .filter(
            _held_still(),
            system=run.source.system_id,
            state=RevocationState.DONE,
            done_at__lte=run.proves_until,
        )
        .order_by("pk")
    )
    for order in failed:
        order.state, order.failed_at = RevocationState.FAILED, clock.now()
        order.failures += 1
        order.save(update_fields=["state", "failed_at", "failures"])
        _record(Verb.REVOCATION_FAILED, order, run, actor)
        removal_notices.tell_failure(order, actor=actor)


def _find_reappearances(run: ImportRun, actor: Actor) -> None:
    """Proved gone once, and there again: a violation that links to the old decision."""
    back = (
        Revocation.objects.select_for_update(of=("self",))
        .filter(
            _held_still(),
            system=run.source.system_id,
            state=RevocationState.VERIFIED,
            reappeared_at=None,
        )
        .select_related("account", "entitlement", "system")
        .order_by("pk")
    )
    for order in back:
        order.reappeared_at = clock.now()
        order.save(update_fields=["reappeared_at"])
        grant = Grant.objects.filter(
            account=order.account_id, entitlement=order.entitlement_id, gone_at=None
        ).first()
        open_reappearance(
            order.account,
            grant,
            actor=actor,
            revoked_at=order.decided_at,
            verified_at=order.verified_at or order.decided_at,
            link=f"revocation:{order.pk}",
        )
        _record(Verb.REVOCATION_REAPPEARED, order, run, actor)
        removal_notices.tell_failure(order, actor=actor)


def _record(verb: Verb, order: Revocation, run: ImportRun, actor: Actor) -> None:
    trail.record(
        verb,
        actor=actor,
        target=f"revocation:{order.pk}",
        data={"run": run.pk, "item": order.item_id, "finding": order.finding_id},
        stream=stream_of(order),
    )

"""The policy: thresholds drafted, previewed and put in force, each version for good."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

import clock
from accounts.actors import user_of
from accounts.insights import DELIVERED, SOC2, Policy, policy_in_force, policy_of
from accounts.insights.figures import differences, figures, named, problems
from accounts.insights.presets import OWN_FIGURES, PRESETS
from accounts.insights.preview import Counts, add_counts, count_named
from accounts.insights.thresholds import Figure
from accounts.models import Account, PolicyVersion
from accounts.rules import may_run
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from jobs.models import Job
from jobs.queue import enqueue

ACCOUNTS_A_CHUNK = 20_000
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('accounts.policy'))"


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a preview is: what is counted up to the account ``after``, of ``total`` in all."""

    counts: Counts
    after: int
    done: int
    total: int
    finished: bool


def draft_policy(*, actor: Actor, values: Mapping[str, Figure], note: str) -> PolicyVersion:
    """Write thresholds down for a look at what they would change; nothing goes by them yet.

    ``values`` are the fields of Policy but for its name: figures of a preset bear its name.
    Raises WrongInput with every figure that is out of bounds, and where none differs.
    """
    policy = _checked(values)
    if not note.strip():
        raise WrongInput("Say why the thresholds change: auditors read it beside the figures.")
    with transaction.atomic():
        _require_may_set(actor)
        standing = policy_in_force()
        changes = differences(standing.policy, policy)
        if not changes:
            raise WrongInput("These are the thresholds in force already: change one of them.")
        draft = PolicyVersion.objects.create(
            name=policy.name,
            values=figures(policy),
            based_on=standing.version,
            note=note.strip(),
            made_by_id=actor.user_id,
            made_at=clock.now(),
        )
        trail.record(
            Verb.POLICY_DRAFTED,
            actor=actor,
            target=f"policy:{draft.pk}",
            data={
                "based_on": draft.based_on,
                "changed": [change.threshold.name for change in changes],
            },
            private={"note": draft.note},
        )
        start_preview(draft, actor=actor)
    return draft


def start_preview(draft: PolicyVersion, *, actor: Actor) -> Job:
    """Have counted in the background what the draft would name, once for each asking."""
    with transaction.atomic():
        _require_may_set(actor)
        _locked_draft(draft)
        return enqueue(
            "accounts.preview_policy",
            key=f"policy:preview:{draft.pk}:{clock.now():%Y%m%d%H%M%S%f}",
            payload={"policy": draft.pk},
        )


def count_preview(draft: PolicyVersion, so_far: Counted | None) -> Counted:
    """Count the next accounts of a preview; the last chunk keeps the sums on the draft.

    It compares with the policy in force, one statement for a chunk of accounts.
    """
    so_far = so_far or Counted({}, 0, 0, Account.objects.standing().count(), finished=False)
    ids = list(
        Account.objects.standing()
        .filter(pk__gt=so_far.after)
        .order_by("pk")
        .values_list("pk", flat=True)[:ACCOUNTS_A_CHUNK]
    )
    counts, standing = so_far.counts, policy_in_force()
    if ids:
        found = count_named(standing.policy, policy_of(draft), after=so_far.after, upto=ids[-1])
        counts = add_counts(counts, found)
    done = so_far.done + len(ids)
    if len(ids) == ACCOUNTS_A_CHUNK:
        return Counted(counts, ids[-1], done, max(done, so_far.total), finished=False)
    preview = {
        "counts": counts,
        "accounts": done,
        "against": standing.version,
        "made_at": clock.now().isoformat(),
    }
    PolicyVersion.objects.drafts().filter(pk=draft.pk).update(preview=preview)
    return Counted(counts, so_far.after, done, done, finished=True)


def put_in_force(draft: PolicyVersion, *, actor: Actor) -> PolicyVersion:
    """Make the draft the next version, from now on; the findings are brought up to date by it.

    Raises Conflict where it is in force already, or another version came since it was drafted.
    Campaigns that were launched keep the policy that they were launched with.
    """
    with transaction.atomic():
        _require_may_set(actor)
        draft = _locked_draft(draft)
        standing = policy_in_force()
        if standing.version != draft.based_on:
            raise Conflict(
                f"Version {standing.version} of the policy has come into force since this was "
                f"drafted, which began from version {draft.based_on}: draft it anew."
            )
        draft.version, draft.in_force_from = standing.version + 1, clock.now()
        draft.put_in_force_by_id = actor.user_id
        draft.save(update_fields=["version", "in_force_from", "put_in_force_by"])
        trail.record(
            Verb.POLICY_PUT_IN_FORCE,
            actor=actor,
            target=f"policy:{draft.pk}",
            data={"version": draft.version, "values": draft.values},
            private={"note": draft.note},
        )
        enqueue("accounts.watch_findings", key=f"policy:findings:{draft.version}", payload={})
    return draft


def discard_draft(draft: PolicyVersion, *, actor: Actor) -> None:
    """Drop a draft that was never in force; its events stay."""
    with transaction.atomic():
        _require_may_set(actor)
        draft = _locked_draft(draft)
        trail.record(Verb.POLICY_DISCARDED, actor=actor, target=f"policy:{draft.pk}")
        draft.delete()


def policy_before(version: PolicyVersion) -> Policy:
    """The policy that a version took over from, or that a draft was begun from."""
    if version.based_on == DELIVERED:
        return SOC2
    return policy_of(PolicyVersion.objects.get(version=version.based_on))


def _checked(values: Mapping[str, Figure]) -> Policy:
    if set(values) != set(figures(SOC2)):
        raise WrongInput("A policy names every threshold, and no other: begin from a preset.")
    known = next((each for each in PRESETS if figures(each) == dict(values)), None)
    policy = known or named(OWN_FIGURES, values)
    if wrong := [sentence for _, sentence in problems(policy)]:
        raise WrongInput(" ".join(wrong))
    return policy


def _locked_draft(draft: PolicyVersion) -> PolicyVersion:
    """The draft, read afresh; nobody else puts a policy in force meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    locked = PolicyVersion.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise Conflict("Somebody has dropped this draft: draft the thresholds anew.")
    if locked.in_force_from is not None:
        raise Conflict(
            f"This is version {locked.version} of the policy, in force since "
            f"{locked.in_force_from:%-d %B %Y at %H:%M} UTC: a version is never changed."
        )
    return locked


def _require_may_set(actor: Actor) -> None:
    user = user_of(actor)
    if user is not None and not may_run(user):
        raise NotAllowed("The policy is set by the security team and administrators.")

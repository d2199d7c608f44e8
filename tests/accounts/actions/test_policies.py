"""The policy: drafted, previewed, put in force, and never changed after that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import clock
from accounts.actions import policies
from accounts.actions.policies import discard_draft, draft_policy, put_in_force, start_preview
from accounts.insights import SOC2, current_policy
from accounts.insights.figures import figures
from accounts.insights.presets import PRESETS
from accounts.models import Finding, PolicyVersion, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from audit.reading import read
from jobs.models import Job
from jobs.runner import drain
from tests.accounts.policies import drafted, in_force
from tests.cast import NOON, acting, make_account, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


def idle(system: System, days: int) -> None:
    make_account(system, person=make_person(), last_used=NOON - timedelta(days=days))


def test_draft_policy_notes_what_changes_and_why_in_private(sam: User) -> None:
    draft = drafted(sam, note="  Our auditor asked.  ", inactive_notice=20, pace_told=False)
    assert (draft.version, draft.based_on, draft.name) == (None, 1, "Own figures")
    assert (draft.made_by, draft.made_at, draft.note) == (sam, NOON, "Our auditor asked.")
    event = Event.objects.get(verb="policy.drafted")
    assert (event.target, "auditor" in event.body) == (f"policy:{draft.pk}", False)
    assert '"changed":["inactive_notice","pace_told"]' in event.body
    assert Disclosure.objects.get(event_id=event.pk).text == "Our auditor asked."


def test_draft_policy_of_the_figures_of_a_preset_bears_its_name(sam: User) -> None:
    high = PRESETS[3]
    draft = draft_policy(actor=acting(sam), values=figures(high), note="We sell to agencies")
    assert (draft.name, draft.values) == ("FedRAMP High", figures(high))


@pytest.mark.parametrize(
    ("changed", "note", "why"),
    [
        ({}, "Because", "in force already: change one of them"),
        ({"inactive_notice": 20}, "  ", "Say why the thresholds change"),
        ({"inactive_look": 10}, "Because", "at least 30 days"),
        ({"inactive_revoke": 45, "peer_few": 11}, "Because", "more than 45 days.*at most 10"),
        ({"unheard_of": 1}, "Because", "names every threshold, and no other"),
    ],
)
def test_draft_policy_with_wrong_input(
    sam: User, changed: dict[str, Any], note: str, why: str
) -> None:
    with pytest.raises(WrongInput, match=why):
        drafted(sam, note=note, **changed)
    assert PolicyVersion.objects.count() == 0
    assert Event.objects.count() == 0


def test_the_preview_counts_in_chunks_and_keeps_the_sums(
    sam: User, ledger: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "ACCOUNTS_A_CHUNK", 2)
    for days in (25, 25, 60, 10, 200):
        idle(ledger, days)
    draft = drafted(sam, inactive_notice=20)
    # Three chunks, since two of two accounts are full; and the findings need none.
    assert drain() == 3
    draft.refresh_from_db()
    assert draft.preview == {
        "counts": {"S2 L": [1, 3, 0, 0], "S2 R": [1, 1, 0, 0]},
        "accounts": 5,
        "against": 1,
        "made_at": NOON.isoformat(),
    }
    job = Job.objects.get(kind="accounts.preview_policy")
    assert (job.state, job.progress_done, job.progress_total) == ("done", 5, 5)


def test_the_preview_of_a_house_without_accounts(sam: User) -> None:
    draft = drafted(sam, inactive_notice=20)
    drain()
    draft.refresh_from_db()
    assert (draft.preview["counts"], draft.preview["accounts"]) == ({}, 0)


def test_the_preview_of_a_draft_that_was_dropped_meanwhile_is_done(sam: User) -> None:
    discard_draft(drafted(sam, inactive_notice=20), actor=acting(sam))
    drain()
    assert Job.objects.get(kind="accounts.preview_policy").state == "done"


def test_put_in_force_is_the_next_version_and_refreshes_the_findings(
    sam: User, ada: User, ledger: System
) -> None:
    make_account(ledger, "nobodys")
    draft = drafted(sam, violation_hours=4)
    with clock.set_to(NOON + timedelta(days=1)):
        put_in_force(draft, actor=acting(ada))
        drain()
        draft.refresh_from_db()
        assert (draft.version, draft.in_force_from) == (2, clock.now())
        assert Finding.objects.get().due_at == clock.now() + timedelta(hours=4)
    assert (draft.made_by, draft.put_in_force_by) == (sam, ada)
    assert current_policy().violation_hours == 4
    (event,) = read([Event.objects.get(verb="policy.put_in_force")])
    assert event.data == {"version": 2, "values": draft.values}
    assert event.sentence == "Ada Novak put version 2 of the policy in force: Because"
    assert event.target == "the policy, version 2, Own figures"


def test_put_in_force_twice_is_a_conflict(sam: User) -> None:
    draft = in_force(sam, inactive_notice=20)
    for act in (put_in_force, discard_draft, start_preview):
        with pytest.raises(Conflict, match="This is version 2 of the policy, in force since 5 Oct"):
            act(draft, actor=acting(sam))
    assert PolicyVersion.objects.count() == 1


def test_put_in_force_after_another_version_came_is_a_conflict(sam: User, ada: User) -> None:
    draft = drafted(sam, inactive_notice=20)
    in_force(ada, inactive_notice=10)
    with pytest.raises(Conflict, match="which began from version 1: draft it anew"):
        put_in_force(draft, actor=acting(sam))
    assert current_policy().inactive_notice == 10


def test_discard_draft_leaves_its_events(sam: User) -> None:
    draft = drafted(sam, inactive_notice=20)
    discard_draft(draft, actor=acting(sam))
    assert PolicyVersion.objects.count() == 0
    assert Event.objects.filter(verb__startswith="policy.").count() == 2
    with pytest.raises(Conflict, match="Somebody has dropped this draft"):
        put_in_force(draft, actor=acting(sam))


def test_policy_before_is_the_one_that_a_version_took_over_from(sam: User) -> None:
    first = in_force(sam, inactive_notice=20)
    second = in_force(sam, inactive_notice=10)
    assert policies.policy_before(first) == SOC2
    assert policies.policy_before(second).inactive_notice == 20


@pytest.mark.parametrize("who", ["alice", "carol", "owner"])
def test_the_policy_is_not_everybodys_to_set(
    sam: User, who: str, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    draft = drafted(sam, inactive_notice=20)
    acts: list[Callable[[], object]] = [
        lambda: drafted(user, inactive_notice=10),
        lambda: start_preview(draft, actor=acting(user)),
        lambda: put_in_force(draft, actor=acting(user)),
        lambda: discard_draft(draft, actor=acting(user)),
    ]
    for act in acts:
        with pytest.raises(NotAllowed, match="set by the security team and administrators"):
            act()
    assert (PolicyVersion.objects.get().version, current_policy()) == (None, SOC2)

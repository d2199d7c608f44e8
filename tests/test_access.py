"""The access matrix: every address, every role; what is not theirs is 404 and changes nothing.

``TABLE`` says who gets an answer from each address: those in small letters may read (GET), those
in capitals have a POST answered, too: whether what they send is theirs to do is for the actions,
and for the last tests here. R Alice, whose sheet it is; B Bob, a reviewer elsewhere; O the
owner of the system; C the auditor; S security; A the administrator. An address that is not in the
table fails the test. Absent objects are asked for as well: they are 404 for everybody.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

import clock
from accounts.actions.duties import add_conflict
from accounts.actions.findings import refresh_findings
from accounts.enums import AccountType, RegistrationKind
from accounts.models import Finding, ImportRun, System, User
from audit.models import Checkpoint, Event
from jobs.models import Job, Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.excepting import ask_exception
from reviews.actions.rechecking import ask_again
from reviews.actions.revoking import order_for_finding
from reviews.actions.timing import CLOCK
from reviews.enums import Choice
from reviews.models import (
    Correction,
    Decision,
    Delegation,
    EvidencePackage,
    Question,
    Recheck,
    ReviewItem,
    Revocation,
    SecondLook,
)
from tests.accounts.policies import drafted
from tests.cast import acting, make_team, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, service_account, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

LETTERS = "RBOCSA"
TABLE = {
    "home": "RBOCSA",
    "reviews:sheets": "rbocsa",
    "reviews:sheet": "rcsa",
    "reviews:bulk": "RCSA",
    "reviews:group": "RCSA",
    "reviews:revoke_account": "RCSA",
    "reviews:item": "rcsa",
    "reviews:ask": "rcsa",
    "reviews:decide": "RCSA",
    "reviews:undo": "R",
    "reviews:correct": "RCSA",
    "reviews:except": "RCSA",
    "reviews:reassign": "RCSA",
    "reviews:sign_off": "R",
    "reviews:receipt": "",
    "reviews:rechecks": "rbocsa",
    "reviews:recheck": "R",
    "reviews:except_again": "R",
    "reviews:exceptions": "csa",
    "reviews:exception": "ocsa",
    "reviews:answer_exception": "SA",
    "reviews:withdraw_exception": "O",
    "reviews:delegate": "R",
    "reviews:hand_on": "RCSA",
    "reviews:away": "RBOCSA",
    "reviews:end_delegation": "RO",
    "reviews:ask_correction": "R",
    "reviews:corrections": "rbocsa",
    "reviews:correction": "rcsa",
    "reviews:approve_correction": "SA",
    "reviews:refuse_correction": "SA",
    "reviews:looks": "rbocsa",
    "reviews:look": "OcSA",
    "reviews:call_for_looks": "SA",
    "reviews:questions": "rbocsa",
    "reviews:answer": "O",
    "reviews:cockpit": "sa",
    "reviews:campaigns": "csa",
    "reviews:plan": "SA",
    "reviews:campaign": "csa",
    "reviews:preview": "SA",
    "reviews:change_plan": "SA",
    "reviews:discard": "SA",
    "reviews:launch": "SA",
    "reviews:ask_leave": "SA",
    "reviews:give_leave": "SA",
    "reviews:extend": "SA",
    "reviews:remind": "SA",
    "reviews:close": "SA",
    "reviews:campaign_items": "csa",
    "reviews:campaign_reviewers": "csa",
    "reviews:campaign_exclusions": "csa",
    "reviews:hand_over": "SA",
    "reviews:evidence": "csa",
    "reviews:verifier": "csa",
    "reviews:package": "",
    "reviews:build_evidence": "CSA",
    "reviews:removals": "rbocsa",
    "reviews:removals_done": "RBOCSA",
    "reviews:removal": "ocsa",
    "reviews:removal_done": "OCSA",
    "reviews:removal_hand_on": "OCSA",
    "reviews:order_removal": "OSA",
    "reviews:timeline": "rocsa",
    "reviews:suggest_people": "rbocsa",
    "reviews:suggest_owners": "rbocsa",
    "accounts:sources": "csa",
    "accounts:runs": "csa",
    "accounts:import_people": "SA",
    "accounts:import_accounts": "OSA",
    "accounts:draft": "",
    "accounts:run": "ocsa",
    "accounts:run_columns": "",
    "accounts:run_start": "OSA",
    "accounts:run_discard": "OSA",
    "accounts:run_ask": "OSA",
    "accounts:run_approve": "OSA",
    "accounts:run_rejected": "",
    "accounts:people": "rbocsa",
    "accounts:manager_problems": "csa",
    "accounts:person": "rcsa",
    "accounts:team_access": "rbocsa",
    "accounts:teams": "csa",
    "accounts:create_team": "SA",
    "accounts:team": "SA",
    "accounts:systems": "rbocsa",
    "accounts:create_system": "SA",
    "accounts:inventory": "SA",
    "accounts:system": "ocsa",
    "accounts:edit_system": "SA",
    "accounts:retire_system": "SA",
    "accounts:system_runs": "ocsa",
    "accounts:catalogue": "ocsa",
    "accounts:entry": "OSA",
    "accounts:confirm_catalogue": "OSA",
    "accounts:catalogue_as_file": "ocsa",
    "accounts:catalogue_from_file": "OSA",
    "accounts:accounts": "rbocsa",
    "accounts:unmatched": "rbocsa",
    "accounts:account": "rocsa",
    "accounts:belongs": "ROCSA",
    "accounts:put_right": "ROSA",
    "accounts:end_registration": "OSA",
    "accounts:emergency_uses": "rbocsa",
    "accounts:emergency_use": "ROcSA",
    "accounts:findings": "rbocsa",
    "accounts:finding": "ocsa",
    "accounts:settle": "",
    "accounts:finding_put_right": "OSA",
    "accounts:policy": "csa",
    "accounts:draft_policy": "SA",
    "accounts:policy_versions": "csa",
    "accounts:policy_version": "csa",
    "accounts:preview_policy": "SA",
    "accounts:put_policy_in_force": "SA",
    "accounts:discard_policy": "SA",
    "accounts:conflicts": "csa",
    "accounts:create_conflict": "SA",
    "accounts:conflict": "csa",
    "accounts:end_conflict": "SA",
    "accounts:users": "a",
    "accounts:create_user": "A",
    "accounts:user": "A",
    "accounts:end_user": "A",
    "accounts:invite_user": "A",
    "accounts:profile": "RBOCSA",
    "accounts:end_sessions": "RBOCSA",
    "accounts:mail": "a",
    "accounts:message": "a",
    "accounts:work": "sa",
    "accounts:retry_job": "SA",
    "accounts:suggest_people": "rbocsa",
    "accounts:suggest_owners": "rbocsa",
    "accounts:suggest_rights": "sa",
    "audit:events": "csa",
    "audit:event": "csa",
    "audit:checkpoints": "csa",
    "audit:checkpoint": "csa",
}


def addresses() -> Iterator[tuple[str, str]]:
    """Every named address of ours, with its pattern; allauth's own are tested apart."""

    def walk(resolver: URLResolver, names: str, path: str) -> Iterator[tuple[str, str]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                names_below = f"{names}{each.namespace}:" if each.namespace else names
                yield from walk(each, names_below, path + str(each.pattern))
            elif isinstance(each, URLPattern) and not str(each.name).startswith("account_"):
                yield f"{names}{each.name}", "/" + path + str(each.pattern)

    return walk(get_resolver(), "", "")


@pytest.fixture
def objects(
    sam: User, alice: User, bob: User, owner: User, ada: User, carol: User, ledger: System
) -> dict[str, object]:
    """One of everything that an address can name, none of it Bob's."""
    read = right(ledger, "read")
    tom = report_of(alice, "Tom Eriksen")
    account = holding(ledger, tom, read)
    holding(ledger, report_of(alice, "Lena Fischer"), read)
    service_account(ledger)
    refresh_findings(actor=acting(sam))
    finding = Finding.objects.order_by("pk").first()
    assert finding is not None
    campaign = open_campaign(sam)
    sheet = sheet_of(campaign, alice)
    item = ReviewItem.objects.get(account=account)
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(item.pk, 1)],
        choice=Choice.DONT_KNOW,
        reason="What is it?",
    )
    asked = ask_exception(
        ReviewItem.objects.get(campaign=campaign, account__username="svc-settlement"),
        actor=acting(owner),
        reason="The move is under way",
        control="Read every morning",
        ends_on=clock.today() + timedelta(days=30),
    )
    lena = ReviewItem.objects.get(holder_name="Lena Fischer")
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(lena.pk, 1)],
        choice=Choice.CERTIFY_UNTIL,
        until=clock.today() + timedelta(days=1),
    )
    with clock.set_to(clock.now() + timedelta(days=1)):
        ask_again(actor=CLOCK)
    order_for_finding(finding, actor=acting(sam), reason="Nobody's")
    decision = Decision.objects.get(item=item)
    correction = Correction.objects.create(
        item=item,
        stage=1,
        decision=decision,
        choice=Choice.REVOKE,
        reason="A slip",
        asked_by=person_of(alice),
        asked_by_name="Alice",
        asked_at=clock.now(),
        lapses_at=clock.now() + timedelta(days=7),
    )
    look = SecondLook.objects.create(
        item=item,
        decision=decision,
        review=sheet,
        rule="sample",
        drawn="0" * 64,
        looker=owner.person,
        asked_at=clock.now(),
    )
    package = EvidencePackage.objects.create(
        campaign=campaign,
        path="missing.zip",
        sha256="0" * 64,
        size=1,
        interim=True,
        fingerprint="0" * 64,
        made_at=clock.now(),
        made_by_ref=sam.ref,
    )
    in_a_week = clock.today() + timedelta(days=7)
    delegation = Delegation.objects.create(
        from_person=person_of(alice),
        to_person=person_of(owner),
        review=sheet,
        starts_on=in_a_week,
        ends_on=in_a_week,
        reason="Away",
        made_at=clock.now(),
        made_by_ref=alice.ref,
    )
    checkpoint = Checkpoint.objects.create(
        stream="system", size=0, root=b"\0" * 32, note="", at=clock.now()
    )
    conflict = add_conflict(
        actor=acting(sam), name="Duties", first=read, second=right(ledger, "pay"), reason="Both."
    )
    registration = account.registrations.create(
        kind=RegistrationKind.SHARED,
        until=clock.today() + timedelta(days=30),
        reason="The desk shares it",
        made_at=clock.now(),
    )
    firecall = service_account(
        ledger,
        "firecall",
        type=AccountType.EMERGENCY,
        owner_team=make_team("On call", lead=person_of(alice)),
    )
    use = firecall.emergency_uses.create(used_at=clock.now(), noticed_at=clock.now())
    job = Job.objects.order_by("pk").first()
    message = Message.objects.create(
        key="m",
        to=alice.email,
        subject="s",
        body="b",
        about="x:1",
        due_at=clock.now(),
        created_at=clock.now() - timedelta(days=1),
    )
    event = Event.objects.order_by("pk").first()
    assert job is not None
    assert event is not None
    return {
        "review_id": sheet.pk,
        "item_id": item.pk,
        "exception_id": asked.pk,
        "recheck_id": Recheck.objects.get().pk,
        "delegation_id": delegation.pk,
        "correction_id": correction.pk,
        "look_id": look.pk,
        "question_id": Question.objects.get().pk,
        "campaign_id": campaign.pk,
        "package_id": package.pk,
        "revocation_id": Revocation.objects.get().pk,
        "finding_id": finding.pk,
        "run_id": ImportRun.objects.get().pk,
        "person_id": tom.pk,
        "team_id": make_team("Payments").pk,
        "system_id": ledger.pk,
        "entitlement_id": read.pk,
        "policy_id": drafted(sam, inactive_notice=20).pk,
        "conflict_id": conflict.pk,
        "account_id": account.pk,
        "registration_id": registration.pk,
        "use_id": use.pk,
        "user_id": carol.pk,
        "message_id": message.pk,
        "job_id": job.pk,
        "event_id": event.pk,
        "checkpoint_id": checkpoint.pk,
        "act": "purpose",
        "way": "explained",
        "key": "absent",
    }


def path_of(pattern: str, objects: dict[str, object]) -> str:
    return re.sub(r"<\w+:(\w+)>", lambda found: str(objects[found[1]]), pattern)


def rows() -> dict[str, int]:
    """How many rows each table has, but for the trail, which notes refusals, and sessions."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "reviews", "jobs"}
    }


@pytest.fixture
def signed_in(
    alice: User, bob: User, owner: User, carol: User, sam: User, ada: User
) -> dict[str, Client]:
    """A signed-in client for each letter of the table."""
    found = {}
    for letter, user in zip(LETTERS, (alice, bob, owner, carol, sam, ada), strict=True):
        found[letter] = Client()
        found[letter].force_login(user)
    return found


def answers(client: Client, method: str, path: str) -> bool:
    """Whether somebody gets an answer there; what a permitted act does is taken back."""
    with transaction.atomic():
        status = getattr(client, method)(path).status_code
        transaction.set_rollback(True)
    return status not in {403, 404, 405}


def test_every_address_answers_those_of_the_table_and_nobody_else(
    signed_in: dict[str, Client], objects: dict[str, object]
) -> None:
    found = {}
    for name, pattern in addresses():
        path, letters = path_of(pattern, objects), ""
        for letter in LETTERS:
            client = signed_in[letter]
            if answers(client, "post", path):
                letters += letter
            elif answers(client, "get", path):
                letters += letter.lower()
        found[name] = letters
    assert found == TABLE


def test_refused_posts_change_no_row(
    signed_in: dict[str, Client], objects: dict[str, object]
) -> None:
    before = rows()
    for name, pattern in addresses():
        for letter in LETTERS:
            if letter not in TABLE[name]:
                signed_in[letter].post(path_of(pattern, objects))
    assert rows() == before


def test_every_address_asks_a_stranger_to_sign_in(objects: dict[str, object]) -> None:
    strangers = {
        name: Client().get(path_of(pattern, objects)).headers.get("Location", "")
        for name, pattern in addresses()
    }
    assert [name for name, to in strangers.items() if not to.startswith("/sign-in/")] == []


def test_absent_objects_are_not_found_by_anybody(sam: User, objects: dict[str, object]) -> None:
    client = Client()
    client.force_login(sam)
    absent = {name: 999_999 if isinstance(value, int) else value for name, value in objects.items()}
    statuses = {
        name: client.get(path_of(pattern, absent)).status_code
        for name, pattern in addresses()
        if "<int:" in pattern
    }
    assert [name for name, status in statuses.items() if status not in {404, 405}] == []


@pytest.mark.parametrize("letter", ["C", "S", "A"])
def test_whoever_reads_a_sheet_of_somebody_elses_changes_nothing_on_it(
    signed_in: dict[str, Client], objects: dict[str, object], letter: str
) -> None:
    item = ReviewItem.objects.get(decisions__choice="dont_know")
    sheet, before = f"/reviews/{objects['review_id']}/", rows()
    said = {"choice": "revoke", "reason": "Not mine", "version": 2, "confirmed": "on"}
    for path in (f"items/{item.pk}/decide/", f"items/{item.pk}/undo/", "bulk/"):
        signed_in[letter].post(sheet + path, {**said, "pick": f"{item.pk}:2"})
    after = ReviewItem.objects.get(pk=item.pk)
    assert (rows(), after.outcome, after.version) == (before, item.outcome, item.version)

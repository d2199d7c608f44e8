"""1. Failed source. One of three imports fails: the campaign shows it as uncovered; launch and
close are refused, or allowed only "with gaps" by a named approver; the evidence says so."""

import pytest

from accounts.models import User
from reviews.models import Campaign, ReviewItem
from tests.commands.running import DONE, NEEDS_A_PERSON, WRONG_INPUT, run, run_well
from tests.scenarios.company import Q4, Office, keep_the_rest, reads

pytestmark = pytest.mark.django_db(transaction=True)

UNCOVERED = (
    "Vault has no complete import, so nothing of it would be reviewed. Import it, or leave it out "
    "with a reason."
)


@pytest.fixture
def sources(office: Office, alice: User, owner: User, sam: User) -> Office:
    office.staff()
    assert office.ledger().said["status"] == "complete"
    assert office.accounts("Wiki", reads("tom")).said["status"] == "complete"
    failed = office.accounts("Vault", reads("tom"), options=["--source-count", "2"])
    assert (failed.status, failed.said["status"]) == (WRONG_INPUT, "failed")
    return office


def test_launch_is_refused(sources: Office) -> None:
    refused = run("open_campaign", *Q4)
    assert (refused.status, refused.said["gates"]) == (
        NEEDS_A_PERSON,
        [
            {
                "gate": "G0",
                "subject": f"system:{Campaign.objects.get().systems.get(run=None).system_id}",
                "sentence": UNCOVERED,
            }
        ],
    )
    assert (refused.said["state"], ReviewItem.objects.count()) == ("planned", 0)


def test_launch_and_close_need_an_approver_and_the_evidence_names_the_gap(
    sources: Office, alice: User, sam: User, ada: User
) -> None:
    campaign = sources.open("--acknowledge", "Vendor outage", "--acknowledged-by", sam.email)
    shown = campaign.systems.order_by("name")
    assert [(each.name, each.in_scope, each.run is None) for each in shown] == [
        ("Ledger", 3, False),
        ("Vault", 0, True),
        ("Wiki", 1, False),
    ]
    keep_the_rest(alice, campaign)

    refused = run("close_campaign", campaign.pk)
    assert (refused.status, [gap["sentence"] for gap in refused.said["gaps"]]) == (
        NEEDS_A_PERSON,
        ["Vault was not covered."],
    )
    gaps = ["--with-gaps", "Reviewed by hand", "--acknowledged-by", ada.email]
    assert run("close_campaign", campaign.pk, *gaps).status == DONE

    package = sources.evidence(campaign)
    assert package.cells("scope.csv", "system", "run", "in_scope", "items") == [
        ("Ledger", str(campaign.systems.get(name="Ledger").run_id), "3", "3"),
        ("Vault", "", "0", "0"),
        ("Wiki", str(campaign.systems.get(name="Wiki").run_id), "1", "1"),
    ]
    cover = package.cover
    assert [gate["sentence"] for gate in cover["gates"]] == [UNCOVERED]
    assert (cover["gates_acknowledged_by"], cover["gates_reason"]) == (sam.ref, "Vendor outage")
    assert [gap["sentence"] for gap in cover["gaps"]] == ["Vault was not covered."]
    assert (cover["gaps_approved_by"], cover["gaps_reason"]) == (ada.ref, "Reviewed by hand")
    assert UNCOVERED in package.text("cover.html")


def test_a_source_that_fails_after_it_was_read_keeps_its_picture_and_closes_a_gate(
    sources: Office,
) -> None:
    assert sources.accounts("Vault", reads("tom")).status == DONE
    sources.accounts("Vault", reads("lena"), options=["--source-count", "2"])
    refused = run("open_campaign", *Q4)
    assert [gate["sentence"] for gate in refused.said["gates"]] == [
        (
            "The last import of Vault failed; the picture is that of 5 October 2026. Mend the "
            "import first."
        )
    ]
    assert refused.status == NEEDS_A_PERSON
    sources.accounts("Vault", reads("tom"))
    assert run_well("open_campaign", *Q4)["items"] == 5

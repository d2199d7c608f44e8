"""The catalogue: versions, confirmation, and the file that comes back as it went."""

from pathlib import Path
from typing import Any

import pytest

from accounts.actions.catalogue import (
    COLUMNS,
    catalogue_mark,
    confirm_catalogue,
    export_catalogue,
    import_catalogue,
    update_entry,
)
from accounts.actions.tables import Outcome, Rejected, read_table
from accounts.enums import Answer
from accounts.models import Entitlement, EntitlementVersion, System, User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from tests.accounts.imports import COMMAND
from tests.cast import NOON, acting, make_entitlement, make_team

pytestmark = pytest.mark.usefixtures("noon")

WORDS: dict[str, Any] = {
    "plain_words": "Read invoices",
    "permits": "See every invoice.\nNo change.",
    "privileged": Answer.NO,
    "baseline": False,
    "allowed_teams": [],
    "allowed_roles": [],
}


def take(system: System, folder: Path, text: str) -> Outcome:
    file = folder / "catalogue.csv"
    file.write_bytes(text.encode())
    return import_catalogue(system, read_table(file, columns=COLUMNS).rows, actor=COMMAND)


def test_update_entry_is_a_version_that_waits_for_confirmation(ledger: System, owner: User) -> None:
    right = make_entitlement(ledger, "inv_r", confirmed_at=NOON, privileged=Answer.UNKNOWN)
    finance = make_team("Finance")
    allowed = {"allowed_teams": [finance], "allowed_roles": ["auditor", "contractor"]}
    update_entry(right, actor=acting(owner), version=0, **{**WORDS, **allowed})
    right.refresh_from_db()
    assert (right.plain_words, right.version, right.confirmed_at) == ("Read invoices", 1, None)
    assert list(right.allowed_teams.all()) == [finance]
    assert right.allowed_roles == ["contractor", "auditor"]
    kept = EntitlementVersion.objects.get()
    assert (kept.version, kept.permits, kept.made_by) == (
        1,
        "See every invoice.\nNo change.",
        owner,
    )
    assert (kept.allowed_teams, kept.allowed_roles) == (["Finance"], ["contractor", "auditor"])
    event = Event.objects.get(verb="catalogue.entry_changed")
    assert (event.target, "invoice" in event.body) == (f"entitlement:{right.pk}", False)
    assert Disclosure.objects.get(name="plain_words").text == "Read invoices"


def test_update_entry_to_what_it_is_changes_nothing(ledger: System, owner: User) -> None:
    right = make_entitlement(ledger, "inv_r")
    for version in (0, 1):
        update_entry(right, actor=acting(owner), version=version, **WORDS)
    assert EntitlementVersion.objects.count() == 1
    assert Event.objects.count() == 1


def test_update_entry_after_somebody_else_names_them(
    ledger: System, owner: User, sam: User
) -> None:
    right = make_entitlement(ledger, "inv_r")
    update_entry(right, actor=acting(sam), version=0, **WORDS)
    with pytest.raises(Conflict, match="Sam Ito changed this entry on 5 October 2026 at 12:00"):
        update_entry(right, actor=acting(owner), version=0, **{**WORDS, "baseline": True})
    right.refresh_from_db()
    assert (right.version, right.baseline) == (1, False)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"privileged": "perhaps"}, "Say whether the right is privileged"),
        ({"privileged": Answer.YES, "baseline": True}, "never baseline"),
        ({"allowed_roles": ["employee"]}, "no role employee: choose among contractor, guest"),
        ({"plain_words": "x" * 301}, "at most 300"),
    ],
)
def test_update_entry_with_wrong_input(
    ledger: System, owner: User, changed: dict[str, Any], why: str
) -> None:
    right = make_entitlement(ledger)
    with pytest.raises(WrongInput, match=why):
        update_entry(right, actor=acting(owner), version=0, **{**WORDS, **changed})
    assert Event.objects.count() == 0


def test_the_catalogue_is_not_everybodys_to_keep(ledger: System, alice: User, carol: User) -> None:
    right = make_entitlement(ledger, plain_words="Read")
    for user in (alice, carol):
        with pytest.raises(NotAllowed):
            update_entry(right, actor=acting(user), version=0, **WORDS)
        with pytest.raises(NotAllowed):
            confirm_catalogue(ledger, actor=acting(user))
        with pytest.raises(NotAllowed):
            import_catalogue(ledger, [], actor=acting(user))
    assert Event.objects.count() == 0


def test_confirm_catalogue_leaves_what_has_no_plain_words(ledger: System, owner: User) -> None:
    said = make_entitlement(ledger, "a", plain_words="Read")
    silent = make_entitlement(ledger, "b")
    assert confirm_catalogue(ledger, actor=acting(owner), mark=catalogue_mark(ledger)) == 1
    said.refresh_from_db()
    silent.refresh_from_db()
    assert (said.confirmed_at, said.confirmed_by) == (NOON, owner.person)
    assert silent.confirmed_at is None
    with pytest.raises(WrongInput, match="nothing to confirm"):
        confirm_catalogue(ledger, actor=acting(owner))


def test_confirm_catalogue_that_changed_meanwhile(ledger: System, owner: User, sam: User) -> None:
    right = make_entitlement(ledger, plain_words="Read")
    seen = catalogue_mark(ledger)
    update_entry(right, actor=acting(sam), version=0, **WORDS)
    with pytest.raises(Conflict, match="has changed since you looked"):
        confirm_catalogue(ledger, actor=acting(owner), mark=seen)
    right.refresh_from_db()
    assert right.confirmed_at is None


def test_import_catalogue_adds_changes_and_rejects(ledger: System, tmp_path: Path) -> None:
    known = make_entitlement(ledger, "read", permits="Kept as it is", privileged=Answer.UNKNOWN)
    finance = make_team("Finance")
    outcome = take(
        ledger,
        tmp_path,
        "entitlement,plain_words,privileged,baseline,allowed_teams,allowed_roles\n"
        "read,Read it,no,yes,,\nwrite,Write it,yes,no,finance,Guest; contractor\n"
        "read,Again,no,no,,\nsudo,All,perhaps,no,,\nx,X,no,maybe,,\n"
        "y,Y,no,no,Nobody;Finance,\nz,Z,no,no,,guest;employee\n",
    )
    assert (outcome.created, outcome.updated, outcome.read) == (1, 1, 7)
    assert outcome.rejected == [
        Rejected(4, "read stands in an earlier row already."),
        Rejected(5, "privileged is “perhaps”: write yes, no or unknown."),
        Rejected(6, "baseline is “maybe”: write yes or no."),
        Rejected(7, "There is no team Nobody: teams come from the rosters, or are added."),
        Rejected(
            8,
            "allowed_roles names employee: write contractor, guest, auditor, parted by semicolons.",
        ),
    ]
    known.refresh_from_db()
    assert (known.plain_words, known.permits, known.baseline) == ("Read it", "Kept as it is", True)
    new = Entitlement.objects.get(key="write")
    assert (new.is_privileged, new.version, list(new.allowed_teams.all())) == (True, 1, [finance])
    assert new.allowed_roles == ["contractor", "guest"]
    assert Event.objects.filter(verb="catalogue.entry_changed").count() == 2


def test_a_catalogue_that_comes_back_changes_nothing(ledger: System, tmp_path: Path) -> None:
    rights = [
        make_entitlement(
            ledger,
            "=HYPERLINK(1)",
            plain_words='+ "all", quoted',
            permits="Line one\n- line two\n\nafter a gap",
            privileged=Answer.YES,
        ),
        make_entitlement(ledger, "-ops", privileged=Answer.UNKNOWN, baseline=True),
        make_entitlement(ledger, "audit", allowed_roles=["guest", "auditor"]),
        make_entitlement(ledger, "@everyone", plain_words="Öffnet alles; überall"),
    ]
    rights[0].allowed_teams.add(make_team("Payments"), make_team("Finance and Legal"))
    text = "".join(export_catalogue(ledger))
    assert "'=HYPERLINK(1)," in text
    assert ',"\'+ ""all"", quoted",' in text
    assert "Finance and Legal; Payments" in text
    assert ",guest; auditor" in text
    outcome = take(ledger, tmp_path, text)
    assert (outcome.unchanged, outcome.read) == (4, 4)
    assert EntitlementVersion.objects.count() == 0
    # And what was changed by hand in that file is the one thing that changes.
    outcome = take(ledger, tmp_path, text.replace("Öffnet alles", "Opens all"))
    assert (outcome.updated, outcome.unchanged) == (1, 3)


def test_import_catalogue_costs_the_same_for_3_rights_and_300(
    ledger: System, tmp_path: Path, django_assert_num_queries: Any
) -> None:
    make_team("Finance")
    take(ledger, tmp_path, "entitlement\nbefore\n")
    counts = []
    for first, so_many in ((0, 3), (1000, 300)):
        rows = "".join(f"right-{first + n},Words {n},no,Finance\n" for n in range(so_many))
        text = f"entitlement,plain_words,privileged,allowed_teams\n{rows}"
        with django_assert_num_queries(17, exact=False) as queries:
            assert take(ledger, tmp_path, text).created == so_many
        counts.append(len(queries))
    assert counts[0] == counts[1]

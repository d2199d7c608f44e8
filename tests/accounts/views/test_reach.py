"""Who reaches which page: what is out of somebody's scope is not there."""

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from tests.accounts.views.world import World, world

__all__ = ["world"]

pytestmark = pytest.mark.usefixtures("noon")

EVERYBODY = "ada sam carol olga alice bob"
READERS = "ada sam carol"
RUNNERS = "ada sam"
KEEPERS = "ada sam olga"
SEERS = "ada sam carol olga"
HERS = "ada sam carol olga alice"

PAGES = {
    "/sources/": READERS,
    "/imports/": READERS,
    "/imports/people/": RUNNERS,
    "/imports/accounts/": KEEPERS,
    "/imports/{w.roster.pk}/": READERS,
    "/imports/{w.run.pk}/": SEERS,
    "/imports/{w.staged.pk}/": SEERS,
    "/imports/{w.staged.pk}/columns/": KEEPERS,
    "/imports/{w.run.pk}/columns/": "",
    "/imports/{w.run.pk}/rejected/": SEERS,
    "/imports/columns/1234/": "",
    "/people/": EVERYBODY,
    "/people/problems/": READERS,
    "/people/{w.kim.pk}/": "ada sam carol alice",
    "/team/": EVERYBODY,
    "/teams/": READERS,
    "/teams/new/": RUNNERS,
    "/teams/{w.team.pk}/": RUNNERS,
    "/systems/": EVERYBODY,
    "/systems/new/": RUNNERS,
    "/systems/inventory/": RUNNERS,
    "/systems/{w.system.pk}/": SEERS,
    "/systems/{w.system.pk}/edit/": RUNNERS,
    "/systems/{w.system.pk}/imports/": SEERS,
    "/systems/{w.system.pk}/catalogue/": SEERS,
    "/systems/{w.system.pk}/catalogue/{w.right.pk}/": KEEPERS,
    "/systems/{w.system.pk}/catalogue/save/": SEERS,
    "/systems/{w.system.pk}/catalogue/read/": KEEPERS,
    "/accounts/": EVERYBODY,
    "/accounts/unmatched/": EVERYBODY,
    "/accounts/{w.nobodys.pk}/": SEERS,
    "/accounts/{w.linked.pk}/": SEERS,
    "/findings/": EVERYBODY,
    "/findings/{w.leaver.pk}/": SEERS,
    "/users/": "ada",
    "/users/new/": "ada",
    "/suggest/people/?who=kim": EVERYBODY,
    "/suggest/owners/?who=pay": EVERYBODY,
}
POSTS = {
    "/imports/{w.staged.pk}/start/": KEEPERS,
    "/imports/{w.staged.pk}/discard/": KEEPERS,
    "/imports/{w.staged.pk}/ask/": KEEPERS,
    "/imports/{w.staged.pk}/approve/": KEEPERS,
    "/systems/{w.system.pk}/retire/": RUNNERS,
    "/systems/{w.system.pk}/catalogue/confirm/": KEEPERS,
    "/accounts/{w.nobodys.pk}/right/link/": KEEPERS,
    "/accounts/{w.nobodys.pk}/right/owner/": KEEPERS,
    "/accounts/{w.nobodys.pk}/right/nothing/": "",
    "/findings/{w.leaver.pk}/right/unlink/": KEEPERS,
    "/findings/{w.leaver.pk}/settle/cause/": KEEPERS,
    "/findings/{w.leaver.pk}/settle/nothing/": "",
    "/users/1/end/": "ada",
    "/users/1/invite/": "ada",
}


@pytest.fixture
def cast(ada: User, sam: User, carol: User, owner: User, alice: User, bob: User) -> dict[str, User]:
    return {"ada": ada, "sam": sam, "carol": carol, "olga": owner, "alice": alice, "bob": bob}


def test_each_page_is_there_for_those_it_is_for(
    client: Client, world: World, cast: dict[str, User]
) -> None:
    there: dict[str, list[str]] = {address: [] for address in PAGES}
    for name, user in cast.items():
        client.force_login(user)
        for address, names in there.items():
            answer = client.get(address.format(w=world))
            b"".join(answer)  # a file is read to its end
            if answer.status_code == 200:
                names.append(name)
    assert {address: " ".join(names) for address, names in there.items()} == PAGES


def test_each_act_is_there_for_those_it_is_for(
    client: Client, world: World, cast: dict[str, User]
) -> None:
    """An act that is not theirs is 404 for them, and nothing is written."""
    before = Event.objects.count()
    wrong = []
    for name, user in cast.items():
        client.force_login(user)
        others = [address for address, whose in POSTS.items() if name not in whose.split()]
        wrong += [
            (name, address)
            for address in others
            if client.post(address.format(w=world)).status_code != 404
        ]
    assert wrong == []
    assert Event.objects.count() == before

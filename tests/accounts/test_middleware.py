"""What an action refuses is said in its sentence, and stands in the trail."""

import json

import pytest
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from accounts.models import User
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Disclosure, Event
from portx_access import urls

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
ERRORS = {"403": NotAllowed, "409": Conflict, "422": WrongInput}
SENTENCE = "Only its reviewer signs a sheet off."


def refuse(request: HttpRequest, review_id: int) -> HttpResponse:
    raise ERRORS[request.POST.get("error", "403")](SENTENCE)


urlpatterns = [
    path("refuse/<int:review_id>/", refuse, name="refuse"),
    path("", include(urls)),
]


def refusals() -> list[tuple[str, str, str]]:
    events = Event.objects.filter(verb="trail.refused")
    return [
        (e.target, json.loads(e.body)["data"]["attempted"], e.actor.partition(":")[0])
        for e in events
    ]


@pytest.mark.parametrize(("error", "recorded"), [("403", 1), ("409", 1), ("422", 0)])
def test_refusal_leads_back_with_its_sentence(
    client: Client, alice: User, error: str, recorded: int
) -> None:
    client.force_login(alice)
    answer = client.post(
        "/refuse/7/", {"error": error}, headers={"Referer": "http://testserver/mail/?state=due"}
    )
    assert answer["Location"] == "http://testserver/mail/?state=due"
    assert [m.message for m in get_messages(answer.wsgi_request)] == [SENTENCE]
    assert refusals() == [("review:7", "refuse", "user")] * recorded
    assert Disclosure.objects.filter(text=SENTENCE).count() == recorded


def test_refusal_does_not_lead_to_another_site(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post("/refuse/7/", headers={"Referer": "http://evil.example/"})
    assert answer["Location"] == "/"


def test_refusal_of_htmx_is_shown_at_the_top_of_the_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post("/refuse/7/", {"error": "409"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#messages")
    assert SENTENCE in answer.content.decode()


def test_refusal_of_a_page_is_a_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get("/refuse/7/")
    assert answer.status_code == 403
    assert SENTENCE in answer.content.decode()
    assert len(refusals()) == 1


def test_event_of_a_refusal_bears_the_id_of_the_request(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.get("/refuse/7/")
    assert list(Event.objects.values_list("request", flat=True)) == [answer["X-Request-ID"]]

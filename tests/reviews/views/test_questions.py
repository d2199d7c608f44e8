"""Questions on a page: put to the owner of a system, answered there, and nobody else's."""

import pytest
from django.test import Client

from accounts.models import System, User
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice
from reviews.models import Campaign, Question, Review
from tests.cast import acting
from tests.reviews.views.conftest import of
from tests.reviews.views.test_sheets import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(alice: User, sheet: Review) -> Question:
    return ask(sheet, alice, "Lena")


def ask(sheet: Review, alice: User, name: str) -> Question:
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(of(sheet.campaign, name).pk, 1)],
        choice=Choice.DONT_KNOW,
        reason=f"Does {name} still need it?",
    )
    return Question.objects.latest("id")


def test_owner_answers_and_the_reviewer_reads_it(
    client: Client, owner: User, alice: User, question: Question
) -> None:
    client.force_login(owner)
    page = client.get("/questions/").content.decode()
    assert "Does Lena still need it?" in page
    client.post(f"/questions/{question.pk}/", {"answer": "Yes, for the close."})
    question.refresh_from_db()
    assert (question.answer, question.answered_by) == ("Yes, for the close.", owner.person)
    client.force_login(alice)
    sheet = client.get(f"/reviews/{question.decision.review_id}/").content.decode()
    assert "Yes, for the close." in sheet


def test_question_is_not_there_for_others(
    client: Client, bob: User, carol: User, question: Question
) -> None:
    client.force_login(bob)
    assert "Does Lena still need it?" not in client.get("/questions/").content.decode()
    assert client.get(f"/questions/{question.pk}/").status_code == 404
    client.force_login(carol)
    assert "Does Lena still need it?" in client.get("/questions/").content.decode()
    assert client.post(f"/questions/{question.pk}/", {"answer": "Keep"}).status_code == 404


def test_system_without_an_owner_is_answered_for_by_security(
    client: Client, sam: User, alice: User, sheet: Review, ledger: System
) -> None:
    ledger.owner = None
    ledger.save()
    question = ask(sheet, alice, "Mei")
    client.force_login(sam)
    client.post(f"/questions/{question.pk}/", {"answer": "Nobody knows: revoke it."})
    question.refresh_from_db()
    assert question.answered_by == sam.person


def test_blank_answer_is_asked_again(client: Client, owner: User, question: Question) -> None:
    client.force_login(owner)
    assert client.post(f"/questions/{question.pk}/", {"answer": " "}).status_code == 422


def test_questions_cost_the_same_at_one_and_at_three(
    client: Client, owner: User, alice: User, campaign: Campaign, question: Question
) -> None:
    client.force_login(owner)
    one = count_queries(client, "/questions/")
    ask(question.decision.review, alice, "Mei")
    ask(question.decision.review, alice, "Tom")
    assert count_queries(client, "/questions/") == one

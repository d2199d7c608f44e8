"""Questions: a "don't know" goes to the owner of the system and comes back with an answer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

import clock
from accounts import rules
from accounts.models import User
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews.actions import notices
from reviews.actions.authority import acting_user
from reviews.enums import CampaignState, DecisionState
from reviews.models import Decision, Question


def ask_owners(item_ids: Sequence[int], *, actor: Actor, text: str, at: datetime) -> None:
    """Put each item's standing "don't know" to the owner of its system."""
    decisions = (
        Decision.objects.filter(item__in=item_ids, state=DecisionState.STANDING)
        .filter(choice="dont_know")
        .select_related("item__system__owner", "item__campaign")
    )
    questions = Question.objects.bulk_create(
        Question(
            item=decision.item,
            decision=decision,
            asked_of=decision.item.system.owner,
            text=text,
            asked_at=at,
        )
        for decision in decisions
    )
    notices.ask_owners(questions, actor=actor)


def answer_question(question: Question, *, actor: Actor, answer: str) -> Question:
    """Give the answer of the one who was asked; the item goes back to its reviewer, open."""
    if not answer.strip():
        raise WrongInput("Write what you know of this access, so that its reviewer can decide.")
    with transaction.atomic():
        user = acting_user(actor)
        question = (
            Question.objects.select_for_update(of=("self",))
            .select_related("item__campaign", "decision__review")
            .get(pk=question.pk)
        )
        if not _may_answer(user, question):
            raise NotAllowed("This question was put to somebody else.")
        if question.answered_at or question.item.campaign.state != CampaignState.OPEN:
            raise Conflict("This question has been answered, or its campaign is closed.")
        question.answer, question.answered_by = answer.strip(), user.person
        question.answered_at = clock.now()
        question.save(update_fields=["answer", "answered_by", "answered_at"])
        trail.record(
            Verb.QUESTION_ANSWERED,
            actor=actor,
            target=f"item:{question.item_id}",
            data={"question": question.pk},
            private={"answer": question.answer},
            stream=question.item.campaign.stream,
        )
        notices.tell_answer(question, actor=actor)
    return question


def _may_answer(user: User, question: Question) -> bool:
    """Whoever was asked; the security team where the system has no owner."""
    if question.asked_of_id is None:
        return user.person_id is not None and rules.may_run(user)
    return question.asked_of_id == user.person_id

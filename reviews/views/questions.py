"""Questions that reviewers put to the owners of systems."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import rules
from accounts.actors import from_request
from accounts.views.refusals import REFUSALS, note_refusal
from audit.errors import WrongInput
from listing.columns import Column
from listing.filters import Search, YesNo
from listing.lists import List
from reviews.actions.questions import answer_question
from reviews.forms.questions import AnswerForm
from reviews.queries.waiting import answerable, may_answer, questions_visible_to
from reviews.views.scope import user_of

QUESTIONS = List(
    columns=(Column("asked_at", "Asked"),),
    order=("answered_at", "id"),
    filters=(
        Search(
            "q",
            "Search",
            columns=("item__holder_name", "item__account_username", "item__system_name", "text"),
        ),
        YesNo("open", "Open", where=answerable()),
    ),
)


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Open ones first; who reads everything sees everybody's."""
    user = user_of(request)
    rows = questions_visible_to(user).select_related(
        "item__campaign", "asked_of", "answered_by", "decision"
    )
    shown = QUESTIONS.show(request.GET, rows)
    page = {
        "shown": shown,
        "rows": [(question, may_answer(user, question)) for question in shown.rows],
        "all": rules.may_read_all(user),
    }
    return render(request, "reviews/questions.html", page)


def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    """One question with what is known of the item, and the field for the answer."""
    user = user_of(request)
    rows = questions_visible_to(user).select_related("item__campaign", "asked_of", "decision")
    question = get_object_or_404(rows, pk=question_id)
    if not may_answer(user, question):
        raise Http404
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_question(
                question, actor=from_request(request), answer=form.cleaned_data["answer"]
            )
        except REFUSALS as error:
            form.add_error(None, str(error))
            if not isinstance(error, WrongInput):
                note_refusal(request, str(error))
        else:
            messages.success(request, f"{question.decision.person_name} has your answer.")
            return redirect("reviews:questions")
    page = {"question": question, "item": question.item, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/question.html", page, status=status)

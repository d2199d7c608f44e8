"""Signing a sheet off: all that it comes to on one page, the statement, and the receipt."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.actors import from_request
from accounts.views.refusals import REFUSALS, note_refusal
from audit.errors import WrongInput
from reviews.actions.signing import STATEMENT, give_receipt, sign_off
from reviews.forms.again import SignOffForm
from reviews.models import Review
from reviews.queries.delegations import delegation_of
from reviews.queries.exceptions import exceptions_of
from reviews.queries.sheets import awaits, decided_for
from reviews.queries.signing import corrections_of, summary_of, tempo_of
from reviews.views.scope import get_review, user_of
from reviews.views.sheets import frame

METHOD = "password"


def sign(request: HttpRequest, review_id: int) -> HttpResponse:
    """The page and the act; only its reviewer gets here."""
    review = get_review(request, review_id)
    user = user_of(request)
    if review.reviewer_id != user.person_id:
        raise Http404
    if not awaits(review):
        return redirect("reviews:sheet", review.pk)
    form = SignOffForm(request.POST or None, request=request, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            sign_off(review, actor=from_request(request), method=METHOD)
        except REFUSALS as error:
            form.add_error(None, str(error))
            if not isinstance(error, WrongInput):
                note_refusal(request, str(error))
        else:
            give_receipt(review, actor=from_request(request))
            return redirect("reviews:receipt", review.pk)
    if form.is_bound and form.was_refused:
        note_refusal(request, "The password was wrong.")
    return _page(request, review, form)


def _page(request: HttpRequest, review: Review, form: SignOffForm) -> HttpResponse:
    shown = {
        **frame(request, review),
        "form": form,
        "statement": STATEMENT,
        "summary": summary_of(review),
        "tempo": tempo_of(review),
        "exceptions": exceptions_of(review),
        "decided_for": decided_for(review),
    }
    return render(request, "reviews/sign_off.html", shown, status=422 if form.is_bound else 200)


@require_safe
def receipt(request: HttpRequest, review_id: int) -> HttpResponse:
    """What was signed, with the digest of the trail; made to be printed. It tells of the whole
    sheet, so a delegate does not get it."""
    review = get_review(request, review_id)
    if not review.signed_at or delegation_of(review, user_of(request)):
        raise Http404
    shown = {
        **frame(request, review),
        "summary": summary_of(review),
        "corrections": corrections_of(review),
    }
    return render(request, "reviews/receipt.html", shown)

"""Deciding on several rows at once: those picked in one lane, a folded row, a whole account.

What is about to happen is shown before, with what speaks against it; what became of each is told
afterwards, as soon as anything was not decided.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import insights
from accounts.actors import from_request
from accounts.enums import DataClass, LastUse, Severity
from accounts.insights.words import Insight
from accounts.views.refusals import REFUSALS, note_refusal
from audit.errors import WrongInput
from reviews import rules
from reviews.actions.deciding import CONTESTED, Pick, Verdict, decide, revoke_account
from reviews.enums import Choice
from reviews.forms.deciding import USUAL_REASONS, BulkForm
from reviews.models import Review, ReviewItem
from reviews.queries.delegations import items_on
from reviews.queries.folding import one_fold
from reviews.queries.sheets import Row, account_rows, elsewhere, rows_of
from reviews.templatetags.review_words import DECIDED, right_words, who
from reviews.templatetags.type_questions import to_confirm
from reviews.views.scope import get_review, user_of
from reviews.views.sheets import address_of, at_of, frame

SAMPLE = 5
LATE = " They are stored as late: the deadline has passed."


@require_POST
def bulk(request: HttpRequest, review_id: int) -> HttpResponse:
    """First the count and a sample, then, confirmed, one act with a result for each row."""
    review = get_review(request, review_id)
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _refuse(request, review, WrongInput(form.first_error))
    given = form.cleaned_data
    picks, choice = given["picks"], Choice(given["choice"])
    if not _is_htmx(request):
        picks = _without_contested(request, review, picks)
        if not picks:
            return redirect(address_of(review, at_of(request)))
    if not given["confirmed"]:
        return _confirm(request, review, choice, picks)
    try:
        verdict = decide(
            review,
            actor=from_request(request),
            picks=picks,
            choice=choice,
            reason=given["reason"],
            confirming=given["confirming"],
        )
    except REFUSALS as error:
        return _refuse(request, review, error)
    return _tell(request, review, choice, verdict)


def _without_contested(
    request: HttpRequest, review: Review, picks: Sequence[Pick]
) -> Sequence[Pick]:
    """Those that no two choices stand against each other on; the others are named."""
    seen = items_on(review, user_of(request)).filter(pk__in=[pick.item_id for pick in picks])
    contested = seen.filter(contested=True).in_bulk()
    for item in contested.values():
        messages.warning(request, f"{who(item)}, {right_words(item)} was left out. {CONTESTED}")
    return [pick for pick in picks if pick.item_id not in contested]


def account(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """All rights on the sheet of the account that an item is of, to be revoked together."""
    review = get_review(request, review_id)
    item = get_object_or_404(items_on(review, user_of(request)), pk=item_id)
    if request.method != "POST":
        return _show_account(request, review, item)
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _show_account(request, review, item, form.first_error)
    try:
        verdict = revoke_account(
            review,
            actor=from_request(request),
            picks=form.cleaned_data["picks"],
            reason=form.cleaned_data["reason"],
        )
    except REFUSALS as error:
        _note(request, error)
        return _show_account(request, review, item, str(error))
    return _tell(request, review, Choice.REVOKE, verdict)


def _show_account(
    request: HttpRequest, review: Review, item: ReviewItem, sentence: str = ""
) -> HttpResponse:
    rows = account_rows(review, items_on(review, user_of(request)), item)
    shown = {
        **frame(request, review, at_of(request)),
        "item": item,
        "rows": rows,
        "picks": [row for row in rows if row.chosen != Choice.REVOKE or row.item.contested],
        "elsewhere": elsewhere(item, review)
        if review.reviewer_id == user_of(request).person_id
        else [],
        "usual": USUAL_REASONS[Choice.REVOKE],
        "given": request.POST.get("reason", ""),
        "sentence": sentence,
    }
    return render(request, "reviews/account.html", shown, status=422 if sentence else 200)


def _confirm(
    request: HttpRequest, review: Review, choice: Choice, picks: Sequence[Pick]
) -> HttpResponse:
    found = {
        i.pk: i
        for i in items_on(review, user_of(request)).filter(pk__in=[p.item_id for p in picks])
    }
    items = [found[pick.item_id] for pick in picks if pick.item_id in found]
    shown = {
        **frame(request, review, at_of(request)),
        "picks": picks,
        "choice": choice,
        "sample": items[:SAMPLE],
        "rest": max(0, len(picks) - SAMPLE),
        "systems": sorted({item.system_name for item in items}),
        "people": len({item.subject for item in items}),
        "suspect": sum(any(map(_speaks, item.insights)) for item in items),
        "against": _against(items),
        "usual": USUAL_REASONS[choice],
        "needs_reason": any(rules.needs_reason(item, choice) for item in items),
        "to_confirm": _to_confirm(review, items) if choice == Choice.CERTIFY else [],
    }
    return render(request, "reviews/bulk.html", shown)


def _to_confirm(review: Review, items: Sequence[ReviewItem]) -> list[Row]:
    """The service accounts whose owner and purpose are confirmed by keeping them together."""
    return [row for row in rows_of(review, items) if to_confirm(row)]


def _against(items: Collection[ReviewItem]) -> list[tuple[str, int]]:
    """What speaks for a look at any of these, and of how many: the most frequent first, then by
    their words, so that the page says the same when it is read again."""
    found: Counter[str] = Counter()
    for item in items:
        told = {insights.name_of(i["rule"]) for i in item.insights if _speaks(i)}
        if item.last_use == LastUse.NEVER:
            told.add("Never used")
        if item.data_class == DataClass.CUSTOMER:
            told.add("Customer Confidential")
        if item.needs_second:
            told.add("Needs a second person")
        if item.contested:
            told.add("Contested")
        found.update(told)
    return sorted(found.items(), key=lambda told: (-told[1], told[0]))


def _speaks(insight: Insight) -> bool:
    return bool(insight["outcome"] != Severity.INFORMATION)


def _tell(request: HttpRequest, review: Review, choice: Choice, verdict: Verdict) -> HttpResponse:
    """Back to the sheet where all went well, else a page that says what became of each."""
    if request.POST.get("members") and _is_htmx(request):
        return _show_fold(request, review, choice, verdict)
    count = len(verdict.decided) + len(verdict.repeated)
    late = LATE if verdict.late else ""
    said = f"{DECIDED[choice]}: {count} item{'' if count == 1 else 's'}.{late}"
    if not verdict.conflicts and not verdict.refused:
        messages.success(request, said)
        return redirect(address_of(review, at_of(request)))
    known = items_on(review, user_of(request)).in_bulk(
        [*verdict.decided, *verdict.conflicts, *verdict.refused]
    )
    shown = {
        **frame(request, review, at_of(request)),
        "choice": choice,
        "said": said,
        "decided": [known[pk] for pk in verdict.decided if pk in known],
        "conflicts": [(known.get(pk), text) for pk, text in verdict.conflicts.items()],
        "refused": [(known.get(pk), text) for pk, text in verdict.refused.items()],
    }
    return render(request, "reviews/bulk_result.html", shown)


def _show_fold(
    request: HttpRequest, review: Review, choice: Choice, verdict: Verdict
) -> HttpResponse:
    """The folded row as it is now, with a sentence for each right that was not decided."""
    places = [int(text) for text in request.POST["members"].split() if text.isdecimal()]
    found = items_on(review, user_of(request)).in_bulk(places)
    entry = one_fold(review, [found[pk] for pk in places if pk in found])
    shown = {
        **frame(request, review, at_of(request)),
        "entry": entry,
        "by": request.POST.get("by", ""),
        "said": f"{DECIDED[choice]}: {len(verdict.decided)} of {who(entry.item)}.",
        "refusals": sorted({*verdict.conflicts.values(), *verdict.refused.values()}),
    }
    return render(request, "reviews/_fold_answer.html", shown)


def _refuse(request: HttpRequest, review: Review, error: Exception) -> HttpResponse:
    """Nothing was decided: the sentence, where one came from."""
    _note(request, error)
    messages.error(request, str(error))
    address = address_of(review, at_of(request))
    if _is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _note(request: HttpRequest, error: Exception) -> None:
    if not isinstance(error, WrongInput):
        note_refusal(request, str(error))


def _is_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))

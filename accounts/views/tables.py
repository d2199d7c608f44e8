"""Reading a small table that somebody uploads, and saying what came of it."""

from collections.abc import Callable, Sequence
from tempfile import NamedTemporaryFile

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.actions.tables import Outcome, Row, read_table
from accounts.forms.systems import TableForm
from accounts.views.refusals import try_act


def table_page(
    request: HttpRequest,
    template: str,
    *,
    columns: Sequence[str],
    take: Callable[[list[Row]], Outcome],
    then: str,
    context: dict[str, object],
) -> HttpResponse:
    """The page with the form; once a file is read, ``then`` with the counts, or the page again
    with the rows that were rejected."""
    form = TableForm(request.POST or None, request.FILES or None)
    shown: dict[str, object] = {"form": form, "columns": columns, **context}
    if request.method == "POST" and form.is_valid():
        said: list[str] = []
        outcomes: list[Outcome] = []

        def read() -> None:
            with NamedTemporaryFile(suffix=".table") as copy:
                for chunk in form.cleaned_data["file"].chunks():
                    copy.write(chunk)
                copy.flush()
                table = read_table(
                    copy.name, columns=columns, encoding=form.cleaned_data["encoding"]
                )
            said.extend(table.ignored)
            outcomes.append(take(table.rows))

        if try_act(request, form, read):
            (outcome,) = outcomes
            messages.success(request, _words(outcome, said))
            if not outcome.rejected:
                return redirect(then)
            shown["outcome"] = outcome
    return render(request, template, shown, status=422 if form.errors else 200)


def _words(outcome: Outcome, ignored: Sequence[str]) -> str:
    words = (
        f"{outcome.read:,} rows read: {outcome.created:,} created, {outcome.updated:,} updated, "
        f"{outcome.unchanged:,} unchanged, {len(outcome.rejected):,} rejected."
    )
    return f"{words} Not used: the columns {', '.join(ignored)}." if ignored else words

"""The answer to a request for a list: its page, or the export of what it shows."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render

from listing import export
from listing.address import EXPORT, link
from listing.lists import List

CHUNK = 2000
TOO_LONG = (
    f"A spreadsheet holds up to {export.MOST_XLSX_ROWS:,} rows here, and this list has more:"
    " narrow it down, or take the CSV, which has no limit."
)


def answer(
    request: HttpRequest,
    template: str,
    listed: List,
    queryset: QuerySet[Any, Any],
    *,
    name: str,
    marking: str,
    context: Mapping[str, object] | None = None,
    on_export: Callable[[str], object] | None = None,
) -> HttpResponseBase:
    """The page with the list as ``shown``, or what it shows as a file.

    ``name`` begins the file's name, ``marking`` is the highest data class of what the rows
    hold, ``on_export`` is called with "csv" or "xlsx" before anything leaves: the place to
    write it to the trail.
    """
    form = request.GET.get(EXPORT, "")
    if form in {"csv", "xlsx"}:
        return _export(request, form, listed, queryset, name, marking, on_export)
    shown = listed.show(request.GET, queryset)
    return render(request, template, {"shown": shown, **(context or {})})


def _export(
    request: HttpRequest,
    form: str,
    listed: List,
    queryset: QuerySet[Any, Any],
    name: str,
    marking: str,
    on_export: Callable[[str], object] | None,
) -> HttpResponseBase:
    rows = listed.select(request.GET, queryset)
    most = export.MOST_XLSX_ROWS
    if form == "xlsx" and rows.order_by()[: most + 1].count() > most:
        messages.error(request, TOO_LONG)
        return redirect(request.path + link(request.GET))
    if on_export:
        on_export(form)
    title = export.file_name(name, marking, form)
    read = rows.iterator(chunk_size=CHUNK)
    if form == "xlsx":
        book = export.xlsx_file(listed.exported, read, marking=marking)
        return FileResponse(book, as_attachment=True, filename=title)
    return StreamingHttpResponse(
        export.csv_lines(listed.exported, read, marking=marking),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{title}"'},
    )

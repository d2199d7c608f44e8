"""The product's addresses, and a view that costs what the queries of a sheet's page cost."""

import json

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from bench import company
from bench.sheets import QUERIES


def bare(_request: HttpRequest) -> HttpResponse:
    """Ask the database what a page of a sheet asks it, and say that it was asked."""
    queries = json.loads((company.folder() / QUERIES).read_text(encoding="utf-8"))
    with connection.cursor() as cursor:
        for query in queries:
            cursor.execute(query)
            cursor.fetchall()
    return HttpResponse("asked")


urlpatterns = [path("bare/", bare), path("", include("portx_access.urls"))]

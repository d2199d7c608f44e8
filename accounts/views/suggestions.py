"""Names for fields that ask for a person, a team or a right, as one types. Whoever is signed in
may name any person or team: an account is owned, and a review handed on, across the house. Rights
are named by those who run the reviews."""

from itertools import islice

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import clock
from accounts.forms.people import words_for
from accounts.forms.policies import rights_by_words
from accounts.models import Person, Team
from accounts.views.scope import those_who_run_only

MOST = 8
SHORTEST = 2


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return _answer(request, [words_for(person) for person in _people(_typed(request))[:MOST]])


@require_safe
def owners(request: HttpRequest) -> HttpResponse:
    typed = _typed(request)
    teams = Team.objects.filter(name__icontains=typed).order_by("name")
    found = [team.name for team in teams[:MOST]] if len(typed) >= SHORTEST else []
    found += [words_for(person) for person in _people(typed)[:MOST]]
    return _answer(request, list(islice(found, MOST)))


@require_safe
def rights(request: HttpRequest) -> HttpResponse:
    those_who_run_only(request)
    typed = _typed(request)
    if len(typed) < SHORTEST or "\0" in typed:
        return _answer(request, [])
    fits = Q(words__icontains=typed) | Q(plain_words__icontains=typed)
    found = rights_by_words().filter(fits).order_by("words").values_list("words", flat=True)
    return _answer(request, list(found[:MOST]))


def _typed(request: HttpRequest) -> str:
    """What stands in the one field that asks, whatever its name."""
    return next((text for text in request.GET.dict().values() if text), "").strip()[:200]


def _people(typed: str) -> QuerySet[Person]:
    if len(typed) < SHORTEST or "<" in typed or "\0" in typed:
        return Person.objects.none()
    fits = Q(name__icontains=typed) | Q(mail__istartswith=typed)
    return Person.objects.here(clock.today()).filter(fits).order_by("name", "pk")


def _answer(request: HttpRequest, found: list[str]) -> HttpResponse:
    return render(request, "accounts/_found.html", {"found": found})

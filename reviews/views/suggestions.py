"""Names for fields that ask for a person or a team, as one types."""

from itertools import islice

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import clock
from accounts.models import Person, Team

MOST = 8
SHORTEST = 2


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return _answer(request, [str_of(person) for person in _people(_typed(request))[:MOST]])


@require_safe
def owners(request: HttpRequest) -> HttpResponse:
    typed = _typed(request)
    teams = Team.objects.filter(name__icontains=typed).order_by("name")
    if len(typed) < SHORTEST:
        teams = teams.none()
    found = [team.name for team in teams[:MOST]]
    found += [str_of(person) for person in _people(typed)[:MOST]]
    return _answer(request, list(islice(found, MOST)))


def str_of(person: Person) -> str:
    return f"{person.name} <{person.mail}>" if person.mail else person.name


def _typed(request: HttpRequest) -> str:
    """What stands in the one field that asks, whatever its name."""
    return next((text for text in request.GET.dict().values() if text), "").strip()[:200]


def _people(typed: str) -> QuerySet[Person]:
    """Anybody who is here: a review may be handed to, and an account owned by, any of them."""
    if len(typed) < SHORTEST or "<" in typed:
        return Person.objects.none()
    fits = Q(name__icontains=typed) | Q(mail__istartswith=typed)
    return Person.objects.here(clock.today()).filter(fits).order_by("name", "pk")


def _answer(request: HttpRequest, found: list[str]) -> HttpResponse:
    return render(request, "reviews/_suggestions.html", {"found": found})

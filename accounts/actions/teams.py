"""Teams: who leads one, and where it is reached. Its people come from the rosters."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

import clock
from accounts.actors import user_of
from accounts.models import Person, Team
from accounts.rules import may_run
from audit import trail
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.verbs import Verb

_LONGEST = {"name": 200, "slack_channel": 80}


def create_team(
    *,
    actor: Actor,
    name: str,
    lead: Person | None = None,
    mail: str = "",
    slack_channel: str = "",
) -> Team:
    with transaction.atomic():
        _require_may_run(actor)
        team = Team()
        _describe(team, name, lead, mail, slack_channel)
        team.save()
        _record(Verb.TEAM_ADDED, team, actor)
    return team


def update_team(
    team: Team,
    *,
    actor: Actor,
    name: str,
    lead: Person | None,
    mail: str,
    slack_channel: str,
) -> Team:
    """The lead reviews what the team owns: from the next launch on it is this one."""
    with transaction.atomic():
        _require_may_run(actor)
        team = Team.objects.select_for_update().get(pk=team.pk)
        was = _values(team)
        _describe(team, name, lead, mail, slack_channel)
        if _values(team) != was:
            team.save()
            _record(Verb.TEAM_CHANGED, team, actor)
    return team


def _values(team: Team) -> tuple[Any, ...]:
    return team.name, team.lead_id, team.mail, team.slack_channel


def _describe(team: Team, name: str, lead: Person | None, mail: str, slack_channel: str) -> None:
    name, mail, slack_channel = " ".join(name.split()), mail.strip(), slack_channel.strip()
    if not name or len(name) > _LONGEST["name"] or ";" in name:
        raise WrongInput("The name of a team has 1 to 200 characters, and no semicolon.")
    if Team.objects.filter(name__iexact=name).exclude(pk=team.pk).exists():
        raise WrongInput(f"There is a team {name} already: choose another name.")
    if lead is not None and lead.pk != team.lead_id and lead.has_left(clock.today()):
        raise WrongInput(f"{lead} is no longer here and cannot lead a team: name another.")
    if len(slack_channel) > _LONGEST["slack_channel"]:
        raise WrongInput("The name of a Slack channel has at most 80 characters.")
    _check_mail(mail)
    team.name, team.lead, team.mail, team.slack_channel = name, lead, mail, slack_channel


def _check_mail(mail: str) -> None:
    try:
        if mail:
            validate_email(mail)
    except ValidationError as error:
        raise WrongInput(f"{mail} is no mail address.") from error


def _require_may_run(actor: Actor) -> None:
    user = user_of(actor)
    if user is not None and not may_run(user):
        raise NotAllowed("Teams are kept by the security team and administrators.")


def _record(verb: Verb, team: Team, actor: Actor) -> None:
    trail.record(
        verb,
        actor=actor,
        target=f"team:{team.pk}",
        data={"lead": team.lead_id and f"person:{team.lead_id}"},
        private={"name": team.name, "mail": team.mail, "slack_channel": team.slack_channel},
    )

"""Brings a moment's files in, by the same imports and actions as a person at the pages."""

from contextlib import ExitStack

from accounts.actions import imports
from accounts.actions.accounts import correct_type, name_owner, name_purpose
from accounts.actions.catalogue import COLUMNS, confirm_catalogue, import_catalogue
from accounts.actions.duties import add_conflict
from accounts.actions.sources import ensure_roster, ensure_system_source
from accounts.actions.systems import INVENTORY, import_inventory
from accounts.actions.tables import Outcome, read_table
from accounts.actions.teams import update_team
from accounts.enums import RunState
from accounts.models import Account, Entitlement, ImportRun, Person, Source, System, Team
from audit.actors import Actor
from jobs.runner import run_to_end
from portx_access.sample.manifest import Manifest, SourceFile
from portx_access.sample.stories import CONFLICTS, CORRECTIONS


class StoryBroken(Exception):
    """The product did not take what the sample tells; one of the two is wrong."""


def feed(file: SourceFile, *, actor: Actor) -> None:
    """Take one file in, to the end."""
    if file.is_roster:
        _import(ensure_roster(file.name, actor=actor), file, actor)
    else:
        _import(ensure_system_source(file.name, actor=actor), file, actor)


def _import(source: Source, file: SourceFile, actor: Actor) -> None:
    with ExitStack() as stack:
        run = imports.upload_files(
            source,
            actor=actor,
            files=[(file.path.name, stack.enter_context(file.path.open("rb")))],
            mapping=file.mapping,
            options=file.options,
            exported_at=file.exported_at,
            exported_by=file.exported_by,
            report=file.report,
            source_count=file.source_count,
        )
    run_to_end(imports.latest_job(run))
    imports.start_import(run, actor=actor)
    run_to_end(imports.latest_job(run))
    _require_complete(run, file)


def _require_complete(run: ImportRun, file: SourceFile) -> None:
    run.refresh_from_db()
    if run.state != RunState.COMPLETE:
        raise StoryBroken(f"{file.name} is {run.state}: {run.held_for} {run.error}")


def describe(manifest: Manifest, *, actor: Actor) -> None:
    """The inventory, and who leads each team and where it is reached."""
    table = read_table(manifest.inventory, columns=INVENTORY)
    _require_taken("The inventory", import_inventory(table.rows, actor=actor))
    for team in manifest.teams:
        update_team(
            Team.objects.get(name=team.name),
            actor=actor,
            name=team.name,
            lead=Person.objects.get(name=team.lead),
            mail=team.mail,
            slack_channel=team.slack_channel,
        )


def explain(manifest: Manifest, *, actor: Actor) -> None:
    """The catalogues, and what is known of accounts that tell nothing about themselves."""
    for facts in manifest.systems:
        if facts.catalogue:
            system = System.objects.get(name=facts.name)
            table = read_table(facts.catalogue, columns=COLUMNS)
            _require_taken(facts.name, import_catalogue(system, table.rows, actor=actor))
            confirm_catalogue(system, actor=actor)
    for first, second in CONFLICTS:
        add_conflict(
            actor=actor,
            name="Change the rules of payments and release them",
            first=Entitlement.objects.get(system__name=first[0], key=first[1]),
            second=Entitlement.objects.get(system__name=second[0], key=second[1]),
            reason="Whoever may do both can release what nobody else has looked at.",
        )
    for said in CORRECTIONS:
        account = Account.objects.get(system__name=said.system, username=said.username)
        team = Team.objects.get(name=said.owner_team)
        if account.type != said.type:
            correct_type(account, actor=actor, type=said.type, reason=said.purpose)
        if account.owner_team_id != team.pk:
            name_owner(account, actor=actor, owner=team)
        if account.purpose != said.purpose:
            name_purpose(account, actor=actor, purpose=said.purpose)


def _require_taken(what: str, outcome: Outcome) -> None:
    if outcome.rejected:
        raise StoryBroken(f"{what}: {outcome.rejected}")

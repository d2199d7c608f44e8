"""Who looks, and what they may see: the second ring, with 404 for everything else."""

from typing import cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts import rules
from accounts.models import (
    Account,
    AccountRegistration,
    EmergencyUse,
    Finding,
    ImportRun,
    Person,
    Source,
    System,
    User,
)
from accounts.queries import list_emergency_uses


def user_of(request: HttpRequest) -> User:
    """LoginRequiredMiddleware lets nobody else through."""
    return cast("User", request.user)


def those_who_run_only(request: HttpRequest) -> None:
    if not rules.may_run(user_of(request)):
        raise Http404


def those_who_read_all_only(request: HttpRequest) -> None:
    if not rules.may_read_all(user_of(request)):
        raise Http404


def administrators_only(request: HttpRequest) -> None:
    if not rules.may_administer(user_of(request)):
        raise Http404


def get_system(request: HttpRequest, system_id: int) -> System:
    rows = System.objects.visible_to(user_of(request)).select_related("owner", "source")
    return get_object_or_404(rows, pk=system_id)


def get_system_to_act_for(request: HttpRequest, system_id: int) -> System:
    """A system whose catalogue, imports and accounts the user keeps."""
    system = get_system(request, system_id)
    if not rules.may_act_for_system(user_of(request), system):
        raise Http404
    return system


def may_import(request: HttpRequest, source: Source) -> bool:
    """Into a system's source its owner, too; into a roster those who run the reviews."""
    user = user_of(request)
    return rules.may_act_for_system(user, source.system) if source.system else rules.may_run(user)


def get_run(request: HttpRequest, run_id: int) -> ImportRun:
    rows = ImportRun.objects.visible_to(user_of(request))
    return get_object_or_404(
        rows.select_related("source__system", "uploaded_by__person"), pk=run_id
    )


def get_person(request: HttpRequest, person_id: int) -> Person:
    rows = Person.objects.visible_to(user_of(request))
    return get_object_or_404(rows.select_related("team", "manager", "source"), pk=person_id)


def get_account(request: HttpRequest, account_id: int) -> Account:
    rows = Account.objects.visible_to(user_of(request)).select_related(
        "system__owner", "person", "owner_person", "owner_team__lead", "operator", "sponsor"
    )
    return get_object_or_404(rows, pk=account_id)


def get_finding(request: HttpRequest, finding_id: int) -> Finding:
    rows = Finding.objects.visible_to(user_of(request)).select_related(
        "system__owner", "account__person", "account__owner_team", "grant__entitlement",
        "owner_person", "owner_team",
    )  # fmt: skip
    return get_object_or_404(rows, pk=finding_id)


def get_emergency_use(request: HttpRequest, use_id: int) -> EmergencyUse:
    rows = list_emergency_uses(user_of(request)).select_related(
        "account__system", "account__person", "account__owner_team", "explained_by"
    )
    return get_object_or_404(rows, pk=use_id)


def get_registration(request: HttpRequest, registration_id: int) -> AccountRegistration:
    rows = AccountRegistration.objects.visible_to(user_of(request))
    return get_object_or_404(rows.select_related("account__system"), pk=registration_id)

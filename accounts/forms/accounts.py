"""What a person puts right about an account, or says of a finding: each act with its form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.actions import accounts as actions
from accounts.actions.findings import confirm_cause, resolve_finding
from accounts.actions.registers import register_account
from accounts.enums import AccountType, Cause, RegistrationKind, Resolution
from accounts.forms.people import OwnerField, PersonField
from accounts.models import Account, Finding, User
from accounts.rules import may_correct_account, may_name_for_account
from audit.actors import Actor


class LinkForm(forms.Form):
    person = PersonField(label="Whose account is it?", help_text="A name or a mail.")


class UnlinkForm(forms.Form):
    """Nothing is asked."""


class TypeForm(forms.Form):
    type = forms.ChoiceField(label="What is it?", choices=AccountType.choices)
    reason = forms.CharField(
        label="How do you know?", max_length=300, help_text="In a few words, for the next reviewer."
    )


class OwnerForm(forms.Form):
    owner = OwnerField(
        label="Which team or person owns it?",
        help_text="Who answers for it: a team by its name, or a person.",
    )


class PurposeForm(forms.Form):
    purpose = forms.CharField(
        label="What is it for?",
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text="In a sentence.",
    )


class SponsorForm(forms.Form):
    sponsor = PersonField(label="Who vouches for it?", help_text="Not whoever holds it.")


class EndForm(forms.Form):
    expires = forms.DateField(
        label="Until which day is it needed?",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class RegisterForm(forms.Form):
    kind = forms.ChoiceField(label="As what?", choices=RegistrationKind.choices)
    until = forms.DateField(
        label="Until which day?",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="A year from today at the latest.",
    )
    reason = forms.CharField(
        label="Why",
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text="Who uses it, and why no account of their own would do.",
    )


class ExplainForm(forms.Form):
    """What an emergency account was used for."""

    explanation = forms.CharField(
        label="What was it used for?",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="In a sentence: by whom, and because of what.",
    )


class CauseForm(forms.Form):
    cause = forms.ChoiceField(
        label="Why was the account still live?", choices=[("", "choose"), *Cause.choices]
    )
    note = forms.CharField(
        label="Note", required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


class ResolveForm(forms.Form):
    """For what no rule watches any more: how it came to an end."""

    resolution = forms.ChoiceField(
        label="How was it resolved?",
        choices=[(each.value, each.label) for each in (Resolution.REMOVED, Resolution.EXPLAINED)],
    )
    note = forms.CharField(
        label="Explain it", required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


@dataclass(frozen=True)
class Act:
    """One thing to put right. ``title`` heads its form, ``press`` is on its button, ``done`` is
    said afterwards."""

    name: str
    title: str
    press: str
    done: str
    form: type[forms.Form]
    perform: Callable[..., object]
    may: Callable[[User, Account], bool]
    field: str = ""

    def bind(self, account: Account, data: Any = None) -> forms.Form:
        initial = {self.field: getattr(account, self.field)} if self.field else {}
        return self.form(data, initial=initial, auto_id=f"id_{self.name}_%s")

    def act(self, account: Account, actor: Actor, said: dict[str, Any]) -> object:
        return self.perform(account, actor=actor, **said)


ACTS = {
    act.name: act
    for act in (
        Act(
            "link",
            "Say whose it is",
            "Link",
            "It is linked.",
            LinkForm,
            actions.link_account,
            may_correct_account,
        ),
        Act(
            "unlink",
            "It is not theirs",
            "Unlink",
            "It is linked to nobody now.",
            UnlinkForm,
            actions.unlink_account,
            may_correct_account,
        ),
        Act(
            "type",
            "Correct its type",
            "Correct the type",
            "Its type is corrected.",
            TypeForm,
            actions.correct_type,
            may_correct_account,
            "type",
        ),
        Act(
            "owner",
            "Name its owner",
            "Name the owner",
            "Its owner is named.",
            OwnerForm,
            actions.name_owner,
            may_name_for_account,
        ),
        Act(
            "purpose",
            "Name its purpose",
            "Name the purpose",
            "Its purpose is named.",
            PurposeForm,
            actions.name_purpose,
            may_name_for_account,
            "purpose",
        ),
        Act(
            "sponsor",
            "Name its sponsor",
            "Name the sponsor",
            "Its sponsor is named.",
            SponsorForm,
            actions.name_sponsor,
            may_name_for_account,
        ),
        Act(
            "end",
            "Set its end date",
            "Set the end date",
            "Its end date is set.",
            EndForm,
            actions.set_end_date,
            may_name_for_account,
            "expires",
        ),
        Act(
            "register",
            "Register it as shared or second",
            "Register",
            "It is registered.",
            RegisterForm,
            register_account,
            may_correct_account,
        ),
    )
}
_FOR_TYPE: dict[str, tuple[str, ...]] = {
    AccountType.PERSONAL: ("register",),
    AccountType.SERVICE: ("owner", "purpose"),
    AccountType.EMERGENCY: ("owner", "purpose"),
    AccountType.TEMPORARY: ("sponsor", "end"),
}
_FOR_PROBLEM = {
    "no_owner": "owner",
    "owner_left": "owner",
    "no_purpose": "purpose",
    "no_sponsor": "sponsor",
    "sponsor_left": "sponsor",
    "no_end": "end",
    "expired": "end",
}
# What would show that it never was one, where that is not the type alone.
_FOR_RULE: dict[str, list[str]] = {
    "S1": ["unlink"],
    "S10": [],
    "S15": ["link", "register", "type"],
    "S17": ["link", "owner", "type"],
    "S22": ["link"],
}


def acts_for(account: Account, user: User) -> list[Act]:
    """What this user may put right about it, as its type has it."""
    link = ["link", "unlink"] if account.person_id else ["link"]
    names = [*link, "type", *_FOR_TYPE.get(account.type, ("owner", "purpose"))]
    return [ACTS[name] for name in names if ACTS[name].may(user, account)]


def acts_for_finding(finding: Finding, user: User) -> list[Act]:
    """What would close it, first; then what would show that it never was one."""
    problems = finding.facts.get("value", {}).get("problems", [])
    named = [_FOR_PROBLEM[problem] for problem in problems if problem in _FOR_PROBLEM]
    others = _FOR_RULE.get(finding.rule, ["type"])
    account = finding.account
    wanted = [ACTS[name] for name in dict.fromkeys([*named, *others])]
    return [act for act in wanted if act.may(user, account)]


def settle(finding: Finding, actor: Actor, name: str, said: dict[str, Any]) -> object:
    if name == "cause":
        return confirm_cause(finding, actor=actor, **said)
    return resolve_finding(finding, actor=actor, **said)


SETTLE: dict[str, type[forms.Form]] = {"cause": CauseForm, "resolve": ResolveForm}

"""The forms of the inventory, of catalogues and of teams."""

from typing import Any

from django import forms

from accounts.connectors.file_text import ENCODINGS
from accounts.enums import TEMPORARY_ROLES, Answer, Criticality, DataClass, WorkerType
from accounts.forms.people import PersonField, TeamsField
from accounts.models import Entitlement, System, Team

ROLES = [(role, WorkerType(role).label) for role in TEMPORARY_ROLES]
PRIVILEGED = ((Answer.UNKNOWN, "not known"), (Answer.NO, "no"), (Answer.YES, "yes"))


class SystemForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, help_text="As your people call it.")
    data_class = forms.ChoiceField(
        label="Data class",
        choices=[("", "choose"), *DataClass.choices],
        help_text="The highest class of what it holds: how strict its reviews are hangs on it.",
    )
    criticality = forms.ChoiceField(
        label="Criticality", choices=Criticality.choices, initial=Criticality.MEDIUM
    )
    owner = PersonField(
        label="Owner",
        required=False,
        help_text="Answers questions about it and confirms its catalogue: a name or a mail.",
    )
    description = forms.CharField(
        label="What it is", required=False, widget=forms.Textarea({"rows": 3})
    )
    owner_reviews = forms.BooleanField(
        label="Its owner reviews it, not the managers of those who use it", required=False
    )

    @staticmethod
    def initial_of(system: System) -> dict[str, Any]:
        names = ("name", "data_class", "criticality", "owner", "description", "owner_reviews")
        return {name: getattr(system, name) for name in names}


class TeamForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    lead = PersonField(
        label="Lead",
        required=False,
        help_text="Reviews the service and emergency accounts that the team owns.",
    )
    mail = forms.EmailField(label="Mail alias", required=False)
    slack_channel = forms.CharField(label="Slack channel", required=False, max_length=80)

    @staticmethod
    def initial_of(team: Team) -> dict[str, Any]:
        return {name: getattr(team, name) for name in ("name", "lead", "mail", "slack_channel")}


class EntryForm(forms.Form):
    """What a right means; ``version`` is the one that is on the screen."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    plain_words = forms.CharField(
        label="In plain words",
        required=False,
        max_length=300,
        help_text='What a manager reads: "Merge into the main branch".',
    )
    permits = forms.CharField(
        label="What it permits, and what could go wrong",
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 2}),
    )
    privileged = forms.ChoiceField(
        label="Privileged",
        choices=PRIVILEGED,
        help_text="It can change security, other people's access or production data.",
    )
    allowed_teams = TeamsField(
        label="Allowed teams", required=False, help_text="Parted by semicolons; blank is all."
    )
    allowed_roles = forms.MultipleChoiceField(
        label="Temporary accounts of these may hold it",
        required=False,
        choices=ROLES,
        widget=forms.CheckboxSelectMultiple,
        help_text="A role that no right of this system names is not limited.",
    )
    baseline = forms.BooleanField(label="Baseline: everybody has it", required=False)

    def __init__(self, data: Any = None, *, entitlement: Entitlement) -> None:
        initial = {
            "version": entitlement.version,
            "plain_words": entitlement.plain_words,
            "permits": entitlement.permits,
            "privileged": entitlement.privileged,
            "baseline": entitlement.baseline,
            "allowed_teams": "; ".join(team.name for team in entitlement.allowed_teams.all()),
            "allowed_roles": entitlement.allowed_roles,
        }
        super().__init__(data, initial=initial, auto_id=f"id_{entitlement.pk}_%s")


class TableForm(forms.Form):
    """A small table to read: an inventory, a catalogue."""

    file = forms.FileField(
        label="File",
        widget=forms.FileInput({"accept": ".csv,.xlsx,.txt,.tsv"}),
        help_text="CSV or XLSX, with a header in its first row.",
    )
    encoding = forms.ChoiceField(
        label="Encoding",
        required=False,
        choices=[("", "found out by itself"), *ENCODINGS.items()],
        help_text="Only where names come out wrong, or the file asks for it.",
    )

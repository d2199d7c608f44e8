"""The forms of an import: the files and where they come from, and what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

import clock
from accounts.connectors.base import ACCOUNT, EncodingChoice, RecordShape
from accounts.connectors.file_text import ENCODINGS
from accounts.connectors.values import ENTITLEMENT_SEPARATORS
from accounts.enums import DataClass
from accounts.forms.people import PersonField
from accounts.importing.looking import Column, Look
from accounts.models import System

FIELD_WORDS = {
    "employee_id": "Employee id",
    "name": "Name",
    "mail": "Mail",
    "title": "Title",
    "department": "Department",
    "team": "Team",
    "worker_type": "Worker type",
    "status": "Status",
    "start": "First day",
    "end": "Last day",
    "manager": "Manager",
    "account_id": "Account id",
    "username": "Username",
    "account_type": "Account type",
    "created": "Created",
    "last_used": "Last used",
    "last_interactive": "Last interactive sign-in",
    "mfa": "Second factor (MFA)",
    "secret_changed": "Password or key changed",
    "owner": "Owner",
    "sponsor": "Sponsor",
    "purpose": "Purpose",
    "expires": "End date",
    "entitlement": "Right (entitlement)",
    "entitlement_description": "What the right is",
    "privileged": "Privileged",
    "granted": "Granted on",
    "granted_by": "Granted by",
    "request_reference": "Request reference",
}
ORDERS = (("", "as the column shows"), ("dmy", "day first"), ("mdy", "month first"))


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = FilesInput(attrs={"accept": ".csv,.xlsx,.txt,.tsv"})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        chosen = data if isinstance(data, list | tuple) and data else [data]
        return [super(FilesField, self).clean(each, initial) for each in chosen]


class UploadForm(forms.Form):
    """What is said with any file. Each answer makes the import prove more."""

    file = FilesField(
        label="File",
        help_text="CSV or XLSX, as it comes out of the system. Several files make one import: "
        "accounts in one, rights in another.",
    )
    exported_at = forms.DateTimeField(
        label="Exported at",
        required=False,
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        ),
        help_text="Its age counts from here. Without it the age counts from the upload, and the "
        "import proves no removal.",
    )
    exported_by = forms.CharField(
        label="Exported by",
        required=False,
        max_length=320,
        help_text="Whom an auditor would ask.",
    )
    report = forms.CharField(
        label="Report or query",
        required=False,
        max_length=400,
        help_text="So that it can be made the same way next time.",
    )
    source_count = forms.IntegerField(
        label="Rows, as the source counts them",
        required=False,
        min_value=0,
        help_text="Without it the evidence says: complete as to the file, not proved against "
        "the source.",
    )

    def clean_exported_at(self) -> Any:
        exported_at = self.cleaned_data["exported_at"]
        if exported_at and exported_at > clock.now():
            raise forms.ValidationError("This lies in the future: check it and its time zone.")
        return exported_at

    @property
    def said(self) -> dict[str, Any]:
        """What a draft keeps of it."""
        found = self.cleaned_data
        at = found["exported_at"]
        return {
            "exported_at": at.isoformat() if at else "",
            "exported_by": found["exported_by"],
            "report": found["report"],
            "source_count": found["source_count"],
        }

    @property
    def proof_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("exported_at", "exported_by", "report", "source_count")]


class PeopleForm(UploadForm):
    roster = forms.CharField(
        label="Roster",
        max_length=200,
        initial="Employees",
        widget=forms.TextInput(attrs={"list": "rosters", "autocomplete": "off"}),
        help_text="A roster lets only its own people vanish: keep employees and contractors "
        "apart if they come from two places.",
    )
    field_order = ["roster"]


class SystemOrNew(forms.ModelChoiceField):  # type: ignore[type-arg]  # a type only to the stubs
    """Asked for, and answered by nothing where the system is new."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) if value else None


class AccountsForm(UploadForm):
    """Of a system that is there, or of a new one; owners of systems import only their own."""

    use_required_attribute = False
    system: forms.Field = SystemOrNew(
        System.objects.none(), label="System", empty_label="A new system ..."
    )
    name = forms.CharField(label="Its name", max_length=200, help_text="As your people call it.")
    data_class = forms.ChoiceField(
        label="Data class",
        choices=[("", "choose"), *DataClass.choices],
        help_text="The highest class of what it holds.",
    )
    owner = PersonField(
        label="Owner", required=False, help_text="Who answers for it: a name or a mail."
    )
    field_order = ["system", "name", "data_class", "owner"]

    def __init__(
        self, *args: Any, systems: QuerySet[System], may_add: bool, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["system"]
        chosen.queryset = systems
        if not may_add:
            chosen.empty_label = None
            for name in ("name", "data_class", "owner"):
                del self.fields[name]
        elif self.data.get("system"):
            for name in ("name", "data_class"):
                self.fields[name].required = False

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if System.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(f"There is a system {name} already: choose it above.")
        return name


class EncodingForm(forms.Form):
    """Asked where the bytes of a file do not tell how it is written."""

    encoding = forms.ChoiceField(label="Encoding", widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, choices: Sequence[EncodingChoice]) -> None:
        super().__init__(data)
        field: Any = self.fields["encoding"]
        field.choices = [(choice.encoding, choice.label) for choice in choices]


class ColumnsForm(forms.Form):
    """What each column of the files means; ``look`` is what was seen of them."""

    def __init__(
        self,
        data: Any = None,
        *,
        look: Look,
        shape: RecordShape,
        options: Mapping[str, Any],
        ask_orders: bool = False,
    ) -> None:
        super().__init__(data)
        self.look, self.shape, self.ask_orders = look, shape, ask_orders
        self.known_orders: Mapping[str, str] = options.get("date_order", {})
        self.encoding: str = options.get("encoding") or ""
        meanings = [("", "not used"), *((name, FIELD_WORDS[name]) for name in shape.fields)]
        for place, column in enumerate(look.columns):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=column.header, choices=meanings, required=False, initial=column.field
            )
            if self._asks_order(column):
                order = self.known_orders.get(column.field, "")
                self.fields[f"order_{place}"] = forms.ChoiceField(
                    label=f"Dates of {column.header}",
                    choices=ORDERS,
                    required=False,
                    initial=order,
                )
        self._add_options(options)

    def _asks_order(self, column: Column) -> bool:
        return column.order != "iso" or (self.ask_orders and column.field in self.shape.dates)

    def _add_options(self, options: Mapping[str, Any]) -> None:
        if len(self.look.sheets) > 1:
            self.fields["sheet"] = forms.ChoiceField(
                label="Sheet",
                choices=[(name, name) for name in self.look.sheets],
                initial=self.look.sheet,
            )
        if self.encoding:
            self.fields["encoding"] = forms.ChoiceField(
                label="Encoding",
                choices=[("", "found out by itself"), *ENCODINGS.items()],
                required=False,
                initial=self.encoding,
            )
        if self.shape is ACCOUNT:
            signs = [
                (sign, f"several, parted by {w}") for sign, w in ENTITLEMENT_SEPARATORS.items()
            ]
            self.fields["separator"] = forms.ChoiceField(
                label="Rights in one cell",
                choices=[("", "one"), *signs],
                required=False,
                initial=options.get("separator", self.look.separator),
            )

    @property
    def rows(self) -> list[tuple[Column, forms.BoundField, forms.BoundField | None]]:
        """Each column with the fields that ask about it."""
        return [
            (
                column,
                self[f"column_{place}"],
                self[f"order_{place}"] if f"order_{place}" in self.fields else None,
            )
            for place, column in enumerate(self.look.columns)
        ]

    @property
    def option_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("sheet", "encoding", "separator") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self._looks_elsewhere(found):
            return found
        meant = self._meant(found)
        for name in sorted({name for name in meant if meant.count(name) > 1}):
            self.add_error(None, f"Two columns are {FIELD_WORDS[name]}: choose one of them.")
        self._check_orders(found)
        for group in self.shape.required:
            if not set(group) & {*meant, *self.look.derived}:
                wanted = " or the ".join(FIELD_WORDS[name].lower() for name in group)
                self.add_error(None, f"Say which column holds the {wanted}: it is needed.")
        return found

    def _check_orders(self, found: Mapping[str, Any]) -> None:
        """Where the whole column did not tell, it does not the next time either."""
        for place, column in enumerate(self.look.columns):
            asked = self.ask_orders and column.is_ambiguous and found.get(f"column_{place}")
            if asked in self.shape.dates and not found.get(f"order_{place}"):
                self.add_error(
                    f"order_{place}", f"Say which comes first in {column.header}: day or month."
                )

    def _looks_elsewhere(self, found: Mapping[str, Any]) -> bool:
        shown = {"sheet": self.look.sheet, "encoding": self.encoding}
        return any(name in found and found[name] != shown[name] for name in shown)

    def _meant(self, found: Mapping[str, Any]) -> list[str]:
        places = range(len(self.look.columns))
        return [name for place in places if (name := found.get(f"column_{place}"))]

    @property
    def looks_elsewhere(self) -> bool:
        """Whether another sheet or encoding was chosen, whose columns are to be shown first."""
        return self._looks_elsewhere(self.cleaned_data)

    @property
    def reading(self) -> dict[str, Any]:
        """How the file is to be opened, which is what the columns were seen in."""
        found = self.cleaned_data
        return {
            "sheet": found.get("sheet") or self.look.sheet or None,
            "encoding": found.get("encoding") or None,
        }

    @property
    def mapping(self) -> dict[str, str]:
        """Field to header; blank for what the headers suggest and nobody wants."""
        said = {
            self.cleaned_data[f"column_{place}"]: column.header
            for place, column in enumerate(self.look.columns)
        }
        said.pop("", None)
        return {**{name: "" for name in self.look.guessed if name not in said}, **said}

    @property
    def options(self) -> dict[str, Any]:
        found = self.cleaned_data
        orders = dict(self.known_orders)
        for place in range(len(self.look.columns)):
            if f"order_{place}" in found:
                orders[found[f"column_{place}"]] = found[f"order_{place}"]
        known = {name: each for name, each in orders.items() if each and name in self.shape.dates}
        said = {"separator": found["separator"]} if "separator" in self.fields else {}
        return {**self.reading, **said, "date_order": known}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why may it be taken?",
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        help_text="What happened in the source, and how you know.",
    )

"""The forms of logins."""

from django import forms

from accounts.enums import Role

ROLES = {
    Role.REVIEWER: "Judges what lands on their sheet; owning a system adds that system.",
    Role.AUDITOR: "Reads everything and changes nothing.",
    Role.SECURITY: "Runs imports, campaigns, findings and removals.",
    Role.ADMINISTRATOR: "Does so too, and manages logins, mail and settings.",
}
_CHOICES = [(role.value, f"{role.label}: {words}") for role, words in ROLES.items()]


class InviteForm(forms.Form):
    mail = forms.EmailField(label="Mail", help_text="The invitation goes there and nowhere else.")
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=300,
        help_text="Needed only for somebody whom no roster has.",
    )
    role = forms.ChoiceField(label="Role", choices=_CHOICES, widget=forms.RadioSelect)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=_CHOICES, widget=forms.RadioSelect)

"""create_user MAIL --role ROLE [--name NAME]: a login, and a person where there is none."""

from argparse import ArgumentParser
from typing import Any

from accounts.actions.first_sign_in import keep_first_links
from accounts.actions.users import create_user
from accounts.enums import Role
from accounts.management.base import ActorCommand
from audit.actors import Actor


class Command(ActorCommand):
    help = "Make a login; the invitation to set a password goes to its own address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("mail")
        parser.add_argument(
            "--role",
            required=True,
            help=f"one of {', '.join(Role.values)}; owning a system makes a reviewer its owner",
        )
        parser.add_argument("--name", default="")

    def act(self, actor: Actor, **options: Any) -> dict[str, Any]:
        user = create_user(
            actor=actor, mail=options["mail"], role=options["role"], name=options["name"]
        )
        answer = {"id": user.pk, "mail": user.email, "role": user.role, "person": user.person_id}
        if place := keep_first_links(actor=actor):
            answer["link_to_set_a_password_in"] = str(place)
        return answer

"""How the first administrator gets in where no mail server brings them their link.

Mail is then kept and shown to administrators only, and there is none yet. Whoever may enter the
folder of data and keys is trusted with everything in it, so the link lies there, and is printed
nowhere.
"""

import os
from pathlib import Path

from django.conf import settings

from accounts.actions.users import administrator_in_office, make_password_link
from accounts.enums import Role
from accounts.models import User
from audit.actors import Actor


def keep_first_links(*, actor: Actor) -> Path | None:
    """Write a fresh link for each administrator without a password into a file for its owner's
    eyes; its place. None, and no file, once one has a password or where mail is sent."""
    place = Path(settings.VAR_DIR) / "first-sign-in.txt"
    waiting = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    if not settings.MAIL_IS_KEPT or administrator_in_office() or not waiting:
        place.unlink(missing_ok=True)
        return None
    lines = [f"{user}: {make_password_link(user, actor=actor)}\n" for user in waiting]
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return place

"""Sessions in the database, of which a request that changed nothing writes the end alone.

Django would write all of a session after each request, as it stood when the request began; a
short one beside it, such as the suggestions of a field, then takes back what the other has put
in: a draft of an import, or that somebody has just signed in again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

# A page that is only looked at costs no write, unless the last one is as long ago as this.
OFTEN_ENOUGH = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """What ``SESSION_ENGINE`` names."""

    ends_at: datetime | None = None

    def save(self, must_create: bool = False) -> None:
        """Write what the request changed; else move the end, later or, where the house has
        shortened its sessions, earlier. UpdateError where the session was ended meanwhile."""
        if must_create or self.modified or self.session_key is None:
            super().save(must_create)
            return
        end = self.get_expiry_date()
        if self.ends_at and abs(end - self.ends_at) < OFTEN_ENOUGH:
            return
        if not self.model.objects.filter(session_key=self.session_key).update(expire_date=end):
            raise UpdateError

    def _get_session_from_db(self) -> Any:
        found = super()._get_session_from_db()  # type: ignore[misc]  # stubs lack it
        self.ends_at = found.expire_date if found else None
        return found

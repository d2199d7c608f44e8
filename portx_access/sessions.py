"""Sessions in the database, of which a request that changed nothing writes the end alone.

Django would write all of a session after each request, as it stood when the request began; a
short one beside it, such as the suggestions of a field, then takes back what the other has put
in: a draft of an import, or that somebody has just signed in again.
"""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError


class SessionStore(db.SessionStore):
    """What ``SESSION_ENGINE`` names."""

    def save(self, must_create: bool = False) -> None:
        """Write what the request changed; else put the end off. UpdateError where the session
        was ended meanwhile."""
        if must_create or self.modified or self.session_key is None:
            super().save(must_create)
            return
        kept = self.model.objects.filter(session_key=self.session_key)
        if not kept.update(expire_date=self.get_expiry_date()):
            raise UpdateError

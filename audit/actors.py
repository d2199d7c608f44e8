"""Who acts, and by which way in: what every event of the trail says first."""

import getpass
import os
from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    PAGE = "page"
    API = "api"
    COMMAND = "command"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a user, or the system under one of its names.

    ``ref`` is pseudonymous ("user:17", "system:relay"), ``request`` joins the events of one
    request, and ``named_by`` says how the person who acts or approves came to stand here when they
    did not sign in ("named on the command line").
    """

    ref: str
    channel: Channel
    user_id: int | None = None
    request: str = ""
    named_by: str = ""

    @classmethod
    def system(cls, name: str, channel: Channel = Channel.JOB) -> "Actor":
        return cls(ref=f"system:{name}", channel=channel)

    @classmethod
    def command_line(cls) -> "Actor":
        """Whoever runs a command without saying who they are: the operating system's user."""
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # a container may run under a number without a name
            name = f"uid {os.getuid()}"
        return cls.system(f"command line ({name})", Channel.COMMAND)

    @classmethod
    def user(
        cls, user_id: int, channel: Channel, *, request: str = "", named_by: str = ""
    ) -> "Actor":
        return cls(f"user:{user_id}", channel, user_id, request, named_by)

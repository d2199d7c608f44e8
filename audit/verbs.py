"""Every verb the trail may hold, with its sentence for people; sorted by subject.

In a sentence stand {actor}, {target}, the keys of the event's data and the names of its private
texts. An unknown or erased one shows as such; it is never an error to read an old event.
"""

from enum import StrEnum, unique


@unique
class Verb(StrEnum):
    """What was done: ``subject.done`` as it is hashed, and how people read it."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> "Verb":
        verb = str.__new__(cls, value)
        verb._value_ = value
        verb.sentence = sentence
        return verb

    # fmt: off
    MAIL_SHOWN = "mail.shown", "{actor} read {target} to {to}, about {about}."
    TRAIL_CHECKPOINTED = "trail.checkpointed", "{actor} signed {target} at {size} events."
    TRAIL_ERASED = "trail.erased", "{actor} erased the personal texts of {target}, approved by {approver}: {reason}"
    TRAIL_EXPORTED = "trail.exported", "{actor} exported {events} events of the trail as {format}."
    TRAIL_KEY_INTRODUCED = "trail.key_introduced", "{actor} began to sign with the key {target}."
    TRAIL_READ = "trail.read", "{actor} read the trail."
    TRAIL_REFUSED = "trail.refused", "{actor} tried {attempted} on {target} and was refused: {reason}"
    TRAIL_VERIFIED = "trail.verified", "{actor} verified the trail: {result}, {problems} problems in {events} events."
    WORK_RETRIED = "work.retried", "{actor} set {target}, {kind}, going again."
    # fmt: on

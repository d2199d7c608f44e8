"""Insights in words for people: what is the matter, where that is from, and as of when."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from accounts.enums import AccountStatus, Answer, LastUse, PersonStatus, Precision, Severity

Insight = Mapping[str, Any]

_RANK = {outcome: rank for rank, outcome in enumerate(Severity.values)}


def ranked(insights: Iterable[Insight]) -> list[Insight]:
    """Most serious first; a row shows at most two."""
    return sorted(insights, key=lambda insight: _RANK[insight["outcome"]])


def sentence(insight: Insight) -> str:
    """One insight in full: value, source, date."""
    say = _SENTENCES.get(insight["rule"])
    words = say(insight["value"]) if say else insight["rule"]
    return f"{words} {_origin(insight)}"


def label(insight: Insight) -> str:
    """The same in two to five words, for a chip on a row."""
    say = _LABELS.get(insight["rule"])
    return say(insight["value"]) if say else str(insight["rule"])


def _origin(insight: Insight) -> str:
    source = f"From {insight['source']}, as" if insight.get("source") else "As"
    return f"{source} of {_moment(insight['as_of'])}."


def _day(text: str | None) -> str:
    """2 October 2026; the source's own day, in UTC."""
    if not text:
        return "an unknown day"
    day: date = datetime.fromisoformat(text)
    if isinstance(day, datetime) and day.tzinfo is not None:
        day = day.astimezone(UTC)
    return f"{day.day} {day:%B %Y}"


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _departure(value: Insight) -> str:
    if value["left_on"] and value["status"] != PersonStatus.GONE:
        return f"Its holder left on {_day(value['left_on'])}"
    if value["status"] == PersonStatus.GONE and value["gone_at"]:
        return f"Its holder has been gone from the roster since {_day(value['gone_at'])}"
    if value["status"] == PersonStatus.GONE:
        return "Its holder is gone from the roster"
    return "Its holder has left, on a day that is not known"


_USED_AFTER = {
    Answer.YES: "it was used after that",
    Answer.NO: "it was not used after that",
    Answer.UNKNOWN: "whether it was used after that is unknown",
}


def _left(value: Insight) -> str:
    live = "the account is live"
    if value["account_status"] == AccountStatus.UNKNOWN:
        live = "the account counts as live, since its status is unknown"
    return f"{_departure(value)}, and {live}; {_USED_AFTER[value['used_after']]}."


def _left_label(value: Insight) -> str:
    if value["status"] == PersonStatus.GONE:
        return "Gone from the roster"
    return f"Left on {_day(value['left_on'])}" if value["left_on"] else "Holder has left"


def _idle(value: Insight) -> str:
    by_day = " by day" if value["precision"] == Precision.DAY else ""
    sensitive = " for privileged or Customer Confidential access"
    limit = f"more than {value['limit']} days{sensitive if value['over'] == 'sensitive' else ''}"
    leave = " Its holder is on leave." if value["on_leave"] else ""
    return (
        f"Last used {_day(value['last_used'])}{by_day}, {value['days']} days before it was read: "
        f"{limit}.{leave}"
    )


def _never(value: Insight) -> str:
    if value["created"]:
        return f"Never used, and created on {_day(value['created'])}, {value['days']} days before."
    return f"Never used in the {value['days']} days that it has been known here."


def _young(value: Insight) -> str:
    return f"Created on {_day(value['created'])}: too young to be called unused."


def _no_last_use(value: Insight) -> str:
    if value["last_use"] == LastUse.NOT_AVAILABLE:
        return "Last use is not available: the source does not tell it."
    return "Last use is unknown: the source says nothing of this account."


def _privileged(value: Insight) -> str:
    by = "by the catalogue" if value["by"] == "catalogue" else "as its source says"
    return f"Privileged, {by}: it is decided one by one, with a reason."


def _history(value: Insight) -> str:
    if value["what"] == "raised":
        return "The right has been raised since it was last judged."
    return "It has never been kept in a review that is closed."


def _back(value: Insight) -> str:
    revoked, verified = _day(value["revoked"]), _day(value["verified"])
    return f"Revoked on {revoked} and proved gone on {verified}, it is there again."


_TEMPORARY = {
    "expired": "its end date, {ends}, has passed",
    "no_end": "it has no end date",
    "no_sponsor": "it has no sponsor",
    "sponsor_left": "its sponsor has left",
    "ends_soon": "it ends on {ends}, before the next campaign",
    "long": "it lasts longer in all than temporary accounts should",
}
_TEMPORARY_LABELS = {
    "expired": "Expired on {ends}",
    "no_end": "No end date",
    "no_sponsor": "No sponsor",
    "sponsor_left": "Sponsor has left",
    "ends_soon": "Ends on {ends}",
    "long": "Long for a temporary account",
}


def _temporary(value: Insight) -> str:
    ends = _day(value["ends"])
    named = [_TEMPORARY[problem].format(ends=ends) for problem in value["problems"]]
    return f"Temporary account: {_joined(named)}."


def _temporary_label(value: Insight) -> str:
    return _TEMPORARY_LABELS[value["problems"][0]].format(ends=_day(value["ends"]))


_SERVICE = {
    "no_owner": "no person and no team owns it",
    "owner_left": "its owner has left",
    "no_purpose": "no purpose is recorded",
}
_SERVICE_LABELS = {
    "no_owner": "No owner",
    "owner_left": "Owner has left",
    "no_purpose": "No purpose recorded",
}


def _service(value: Insight) -> str:
    named = [_SERVICE[problem] for problem in value["problems"]]
    if value.get("named"):
        named[0] = f"its source names {value['named'][:100]} as owner, known here as nobody"
    return f"Service account: {_joined(named)}."


def _service_label(value: Insight) -> str:
    return _SERVICE_LABELS[value["problems"][0]]


def _joined(parts: list[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


_SENTENCES: dict[str, Callable[[Insight], str]] = {
    "S1": _left,
    "S2": _idle,
    "S3": _never,
    "S4": _young,
    "S5": _no_last_use,
    "S7": _privileged,
    "S8": _history,
    "S10": _back,
    "S12": _temporary,
    "S13": _service,
    "S17": lambda _: "It is linked to no person and owned by no team.",
}
_LABELS: dict[str, Callable[[Insight], str]] = {
    "S1": _left_label,
    "S2": lambda value: f"Not used for {value['days']} days",
    "S3": lambda _: "Never used",
    "S4": lambda value: f"Created on {_day(value['created'])}",
    "S5": lambda value: (
        "Last use not available"
        if value["last_use"] == LastUse.NOT_AVAILABLE
        else "Last use unknown"
    ),
    "S7": lambda _: "Privileged",
    "S8": lambda value: "Right raised" if value["what"] == "raised" else "New since last review",
    "S10": lambda _: "Revoked before",
    "S12": _temporary_label,
    "S13": _service_label,
    "S17": lambda _: "Belongs to nobody",
    "K1": lambda _: "Kept until a day that has passed",
}

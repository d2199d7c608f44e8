"""Insights in words for people: what is the matter, where that is from, and as of when."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from accounts.enums import (
    AccountStatus,
    Answer,
    LastUse,
    PersonStatus,
    Precision,
    Severity,
    WorkerType,
)

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


def _interactive(value: Insight) -> str:
    day = _day(value["last_interactive"])
    used = f"Service account that somebody signed in with at a screen on {day}"
    if not value["since"]:
        return f"{used}."
    return f"{used}, after the facts of {_day(value['since'])} that the last review judged."


_SHARED = {
    "generic_name": "Personal account with a name that tells of nobody, “{login}”.",
    "no_human_name": "Personal account that bears no person's name, “{login}”.",
    "several_people": "Personal account that two people hold, “{login}”.",
}
_SHARED_LABELS = {
    "generic_name": "Generic name",
    "no_human_name": "No person's name",
    "several_people": "Held by two people",
}


def _emergency(value: Insight) -> str:
    named = []
    if "unexplained_use" in value["problems"]:
        uses = value["uses"]
        named.append("a use is not explained" if uses == 1 else f"{uses} uses are not explained")
    if "not_validated" in value["problems"]:
        known = f"no review has validated it in the {value['days']} days that it has been known"
        reviewed = (
            f"the last review judged it by the facts of {_day(value['reviewed'])}, "
            f"{value['days']} days before it was read"
        )
        named.append(reviewed if value["reviewed"] else known)
    return f"Emergency account: {_joined(named)}."


def _emergency_label(value: Insight) -> str:
    return "Use not explained" if "unexplained_use" in value["problems"] else "Not validated"


_PEERS = {"manager": "people with the same manager", "team": "people of the same team"}


def _outlier(value: Insight) -> str:
    return f"Held by {value['held']} of {value['peers']} {_PEERS[value['by']]}."


def _moved(value: Insight) -> str:
    return (
        f"Its holder's team, title or manager changed on {_day(value['moved'])}, after it was "
        f"last kept on {_day(value['decided'])}."
    )


def _conflict(value: Insight) -> str:
    named = [f"{c['name']} (with “{c['right']}” in {c['system']})" for c in value["conflicts"]]
    return f"Its holder has rights that nobody should hold together: {_joined(named[:3])}."


def _weak(value: Insight) -> str:
    named = []
    if "no_mfa" in value["problems"]:
        named.append("without a second factor")
    if "old_secret" in value["problems"]:
        named.append(
            f"with a password or key last changed on {_day(value['changed'])}, "
            f"{value['days']} days before it was read"
        )
    return f"Privileged, {_joined(named)}."


def _outside(value: Insight) -> str:
    team = f"of the team {value['team']}" if value["team"] else "of no team"
    return f"Held by somebody {team}; the right is only for {_joined(value['allowed'])}."


def _beyond(value: Insight) -> str:
    role, *allowed = (
        WorkerType(word).label.lower() for word in (value["worker_type"], *value["allowed"])
    )
    whom = f"only for {_joined(allowed)}" if allowed else "for no temporary account"
    return f"Temporary account for the role {role}; the right is {whom}."


def _joined(parts: list[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


_SENTENCES: dict[str, Callable[[Insight], str]] = {
    "S1": _left,
    "S2": _idle,
    "S3": _never,
    "S4": _young,
    "S5": _no_last_use,
    "S6": _outlier,
    "S7": _privileged,
    "S8": _history,
    "S9": lambda value: f"It was left undecided in the last {value['campaigns']} reviews.",
    "S10": _back,
    "S11": _moved,
    "S12": _temporary,
    "S13": _service,
    "S14": _interactive,
    "S15": lambda value: _SHARED[value["why"]].format(login=value["login"][:100]),
    "S16": _emergency,
    "S17": lambda _: "It is linked to no person and owned by no team.",
    "S18": lambda value: f"Its holder has {value['accounts']} personal accounts in this system.",
    "S19": _conflict,
    "S20": lambda _: "Customer Confidential, and no request, purpose or reason is recorded for it.",
    "S21": _weak,
    "S22": _outside,
    "S23": _beyond,
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
    "S6": lambda value: f"Held by {value['held']} of {value['peers']} peers",
    "S7": lambda _: "Privileged",
    "S8": lambda value: "Right raised" if value["what"] == "raised" else "New since last review",
    "S9": lambda value: f"Undecided in {value['campaigns']} reviews",
    "S10": lambda _: "Revoked before",
    "S11": lambda value: f"Moved on {_day(value['moved'])}",
    "S12": _temporary_label,
    "S13": _service_label,
    "S14": lambda _: "Used at a screen",
    "S15": lambda value: _SHARED_LABELS[value["why"]],
    "S16": _emergency_label,
    "S17": lambda _: "Belongs to nobody",
    "S18": lambda value: f"{value['accounts']} accounts of one person",
    "S19": lambda _: "Conflict of duties",
    "S20": lambda _: "No need recorded",
    "S21": lambda value: (
        "No second factor" if "no_mfa" in value["problems"] else "Password or key is old"
    ),
    "S22": lambda _: "Outside its teams",
    "S23": lambda _: "Beyond its role",
    "K1": lambda _: "Kept until a day that has passed",
}

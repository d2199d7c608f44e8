"""The figures of a policy: named, compared with those of another, and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from accounts.insights.policy import Policy
from accounts.insights.thresholds import THRESHOLDS, Figure, Threshold


@dataclass(frozen=True, slots=True)
class Change:
    """A threshold that differs between two policies."""

    threshold: Threshold
    was: Figure
    now: Figure


def figured(figure: Figure, threshold: Threshold) -> str:
    """30 days, 15 percent, on."""
    if not threshold.unit:
        return "on" if figure else "off"
    return f"{figure:,} {threshold.unit}"


def figures(policy: Policy) -> dict[str, Figure]:
    """The thresholds of a policy by name, as a version keeps them."""
    return {name: figure for name, figure in asdict(policy).items() if name != "name"}


def named(name: str, values: Mapping[str, Any]) -> Policy:
    """The policy of these figures; a threshold that is younger than they are has its default."""
    return Policy(**{**values, "name": name})


def differences(was: Policy, now: Policy) -> list[Change]:
    """What differs, in the order of the page."""
    old, new = figures(was), figures(now)
    return [
        Change(each, old[each.name], new[each.name])
        for each in THRESHOLDS
        if old[each.name] != new[each.name]
    ]


def problems(policy: Policy) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each figure that is out of bounds or contradicts another."""
    found = figures(policy)
    for each in THRESHOLDS:
        if each.unit and not each.least <= found[each.name] <= each.most:
            yield (
                each.name,
                f"“{each.label}” lies between {each.least:,} and {each.most:,} {each.unit}.",
            )
    if policy.inactive_look < policy.inactive_notice:
        yield (
            "inactive_look",
            f"It is no sooner than the first look: name at least {policy.inactive_notice:,} days.",
        )
    if policy.inactive_revoke <= policy.inactive_look:
        yield (
            "inactive_revoke",
            f"Revoking comes after the closer look: name more than {policy.inactive_look:,} days.",
        )
    if policy.inactive_revoke_sensitive > policy.inactive_revoke:
        yield (
            "inactive_revoke_sensitive",
            f"Sensitive access waits no longer: name at most {policy.inactive_revoke:,} days.",
        )
    if policy.peer_few > policy.peer_many:
        yield (
            "peer_few",
            f"A sole holder needs no more peers than a share: name at most {policy.peer_many:,}.",
        )

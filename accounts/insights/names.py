"""The rules in a few words, without a value: for filters, and for counts of many items."""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "S1": "Holder has left",
    "S2": "Not used for long",
    "S3": "Never used",
    "S4": "Too young to be called unused",
    "S5": "Last use not known",
    "S6": "Unusual among peers",
    "S7": "Privileged",
    "S8": "New or raised since the last review",
    "S9": "Undecided in the last reviews",
    "S10": "Revoked before",
    "S11": "Changed manager, team or title",
    "S12": "Temporary account",
    "S13": "Service account lacks owner or purpose",
    "S14": "Service account used by a person",
    "S15": "Shared or generic account",
    "S16": "Emergency account",
    "S17": "Belongs to nobody",
    "S18": "Second account of one person",
    "S19": "Conflict of duties",
    "S20": "No business need recorded",
    "S21": "No second factor, or an old secret",
    "S22": "Outside the teams that may have it",
    "S23": "Beyond what its role may have",
    "K1": "Kept until a day that has passed",
}


def name_of(rule: str) -> str:
    return NAMES.get(rule, rule)

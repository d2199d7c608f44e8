"""What each threshold of the policy means, in which unit, and within which bounds it may lie.

The pages, their validation and the comparison of two versions are all read from here, so that a
threshold that is added to ``Policy`` is described once.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from accounts.insights.policy import SOC2, Policy

Figure = int | bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """One figure: the field of ``Policy``, the rules that read it, and words for people.

    ``unit`` is blank for a switch. ``least`` and ``most`` are the bounds of a figure.
    """

    name: str
    rule: str
    label: str
    unit: str
    help: str
    least: int = 1
    most: int = 3650

    @property
    def default(self) -> Figure:
        figure: Figure = getattr(SOC2, self.name)
        return figure


@dataclass(frozen=True, slots=True)
class Subject:
    """Thresholds that are set together, under one heading."""

    title: str
    tells: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A threshold that differs between two policies."""

    threshold: Threshold
    was: Figure
    now: Figure


def _share(name: str, rule: str, label: str, help: str) -> Threshold:  # noqa: A002  as the form says
    return Threshold(name, rule, label, "percent", help, 0, 100)


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "Unused access",
        "When an account that nobody uses is looked at, and when revoking it is recommended.",
        (
            Threshold(
                "inactive_notice",
                "S2",
                "Asked about after",
                "days",
                "Not used for more than so many days: the reviewer looks closer.",
            ),
            Threshold(
                "inactive_look",
                "S2",
                "Pressed after",
                "days",
                "The same, said more strongly. Not before the first.",
            ),
            Threshold(
                "inactive_revoke",
                "S2",
                "Revoking recommended after",
                "days",
                "Longer than the closer look. Nothing is removed by itself.",
            ),
            Threshold(
                "inactive_revoke_sensitive",
                "S2",
                "The same, where it is sensitive",
                "days",
                "For privileged access and systems with Customer Confidential data.",
            ),
            Threshold(
                "window",
                "S3, S4",
                "Too young to be unused",
                "days",
                "Younger accounts are never called unused; older ones that were never used are.",
                0,
            ),
        ),
    ),
    Subject(
        "People and teams",
        "When somebody's place in the house makes their access worth a look.",
        (
            _share(
                "peer_share",
                "S6",
                "Rare among peers at most",
                "A right is unusual where at most so many of the peers hold it.",
            ),
            Threshold(
                "peer_many",
                "S6",
                "Peers for a share",
                "people",
                "With fewer peers a share says little: then only a sole holder is shown.",
                2,
            ),
            Threshold(
                "peer_few",
                "S6",
                "Peers for a sole holder",
                "people",
                "With fewer peers than this nothing is said.",
                2,
            ),
            Threshold(
                "mover",
                "S11",
                "A move is told for",
                "days",
                "How long a change of manager, team or title is shown beside the access.",
                0,
            ),
        ),
    ),
    Subject(
        "Temporary, emergency and service accounts",
        "What accounts with an end, or for a bad day, must keep to.",
        (
            Threshold(
                "temporary_total",
                "S12",
                "Temporary for at most",
                "days",
                "From its creation to its end; longer ones are looked at.",
            ),
            Threshold(
                "next_campaign",
                "S12",
                "The next campaign lies",
                "days ahead",
                "A temporary account that ends before it is said to.",
            ),
            Threshold(
                "emergency_validated",
                "S16",
                "Emergency accounts validated every",
                "days",
                "How long one may go without somebody confirming that it is right.",
            ),
            Threshold(
                "secret_age",
                "S21",
                "A key or password may be",
                "days old",
                "Older ones are told, where the source says how old they are.",
            ),
        ),
    ),
    Subject(
        "Violations and exceptions",
        "How long a broken rule may stand.",
        (
            Threshold(
                "violation_hours",
                "S1, S10",
                "A violation is put right within",
                "hours",
                "The deadline of a finding, counted from when it was found.",
                1,
                720,
            ),
            Threshold(
                "exception_longest",
                "",
                "An exception lasts at most",
                "days",
                "After that the access is reviewed again.",
                1,
                365,
            ),
            Threshold(
                "campaigns_undecided",
                "S9",
                "Undecided in",
                "campaigns in a row",
                "Then the item is looked at first in the next one.",
                1,
                20,
            ),
        ),
    ),
    Subject(
        "The launch gate",
        "How fresh and how steady the facts must be when a campaign is launched.",
        (
            Threshold(
                "stale_file",
                "G1",
                "A file may be",
                "days old",
                "Counted from the export, or from the upload where that is not told.",
                1,
                365,
            ),
            Threshold(
                "stale_connector",
                "G1",
                "A connector's reading may be",
                "days old",
                "What reads by itself is expected to be fresher than a file.",
                1,
                365,
            ),
            Threshold(
                "grown_share",
                "G2",
                "A source may grow by",
                "percent",
                "In one import. More must be acknowledged by a second person.",
                0,
                1000,
            ),
        ),
    ),
    Subject(
        "Honest pace",
        "When how fast a sheet was decided asks for a second look. Speed alone accuses nobody: the "
        "reviewer sees it first, nobody exports it, and it is kept for 30 days.",
        (
            Threshold(
                "pace_told",
                "Q1 to Q4",
                "Measure the time that decisions take",
                "",
                "Switched off, no time is measured and these rules are silent.",
            ),
            Threshold(
                "hasty_items",
                "Q1",
                "Hasty from",
                "items",
                "Decided one by one outside the unchanged lane; fewer say nothing.",
                1,
                10_000,
            ),
            Threshold(
                "hasty_seconds",
                "Q1",
                "Hasty below",
                "seconds",
                "The median of an item in one sitting.",
                1,
                600,
            ),
            _share(
                "hasty_kept",
                "Q1",
                "Hasty above",
                "Of these items kept. Fewer are no sign of haste.",
            ),
            Threshold(
                "fast_seconds",
                "Q2",
                "High risk kept in less than",
                "seconds",
                "And its details were never opened.",
                1,
                600,
            ),
            Threshold(
                "recommended_kept",
                "Q3",
                "Kept against the advice from",
                "items",
                "All recommendations to revoke were kept, and none with a reason.",
                1,
                1000,
            ),
            _share(
                "last_minute_share",
                "Q4",
                "Last minute above",
                "Of a sheet decided within an hour of the deadline.",
            ),
        ),
    ),
    Subject(
        "The second look",
        "How much of a signed sheet an independent person judges again.",
        (
            _share(
                "second_look_share",
                "Q5",
                "Sampled",
                "Of the decisions of a sheet, beside all high risk that was kept.",
            ),
            Threshold(
                "second_look_least",
                "Q5",
                "At least",
                "items",
                "However small the share; a smaller sheet is sampled whole.",
                0,
                1000,
            ),
            _share(
                "overturned_share",
                "Q5",
                "Done again above",
                "Overturned by the second look: then the sheet is done again.",
            ),
        ),
    ),
)
THRESHOLDS: tuple[Threshold, ...] = tuple(each for one in SUBJECTS for each in one.thresholds)


def figures(policy: Policy) -> dict[str, Figure]:
    """The thresholds of a policy by name, as a version keeps them."""
    return {name: figure for name, figure in asdict(policy).items() if name != "name"}


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
        yield "inactive_look", "What is pressed for comes no sooner than what is asked about."
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

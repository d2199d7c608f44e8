"""What each threshold of the policy means, in which unit, and within which bounds it may lie.

The pages, their validation and the comparison of two versions are all read from here, so that a
threshold that is added to ``Policy`` is described once.
"""

from dataclasses import dataclass

from accounts.insights.policy import SOC2

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
                "First look after",
                "days",
                "Not used for more than so many days: the reviewer looks closer.",
            ),
            Threshold(
                "inactive_look",
                "S2",
                "Closer look after",
                "days",
                "The same, and said so. No sooner than the first look.",
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
                "Share of peers that is rare",
                "A right is unusual where at most so many of the peers hold it.",
            ),
            Threshold(
                "peer_many",
                "S6",
                "Fewest peers for a share",
                "people",
                "With fewer peers a share says little: then only a sole holder is shown.",
                2,
            ),
            Threshold(
                "peer_few",
                "S6",
                "Fewest peers for a sole holder",
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
                "Longest temporary account",
                "days",
                "From its creation to its end; longer ones are looked at.",
            ),
            Threshold(
                "next_campaign",
                "S12",
                "Time to the next campaign",
                "days",
                "A temporary account that ends before it is said to.",
            ),
            Threshold(
                "emergency_validated",
                "S16",
                "Emergency accounts are validated every",
                "days",
                "How long one may go without somebody confirming that it is right.",
            ),
            Threshold(
                "secret_age",
                "S21",
                "Oldest key or password",
                "days",
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
                "Time to put a violation right",
                "hours",
                "The deadline of a finding, counted from when it was found.",
                1,
                720,
            ),
            Threshold(
                "exception_longest",
                "",
                "Longest exception",
                "days",
                "After that the access is reviewed again.",
                1,
                365,
            ),
            Threshold(
                "campaigns_undecided",
                "S9",
                "Left undecided in a row",
                "campaigns",
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
                "Oldest file",
                "days",
                "Counted from the export, or from the upload where that is not told.",
                1,
                365,
            ),
            Threshold(
                "stale_connector",
                "G1",
                "Oldest reading by a connector",
                "days",
                "What reads by itself is expected to be fresher than a file.",
                1,
                365,
            ),
            Threshold(
                "grown_share",
                "G2",
                "Most growth in one import",
                "percent",
                "More must be acknowledged by a second person.",
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
                "Fewest items for haste",
                "items",
                "Decided one by one outside the unchanged lane; fewer say nothing.",
                1,
                10_000,
            ),
            Threshold(
                "hasty_seconds",
                "Q1",
                "Hasty below a median of",
                "seconds",
                "The median of an item in one sitting.",
                1,
                600,
            ),
            _share(
                "hasty_kept",
                "Q1",
                "Hasty above a share kept of",
                "Of these items kept. Fewer are no sign of haste.",
            ),
            Threshold(
                "fast_seconds",
                "Q2",
                "High risk kept in under",
                "seconds",
                "And its details were never opened.",
                1,
                600,
            ),
            Threshold(
                "recommended_kept",
                "Q3",
                "Recommendations kept from",
                "items",
                "All recommendations to revoke were kept, and none with a reason.",
                1,
                1000,
            ),
            _share(
                "last_minute_share",
                "Q4",
                "Decided at the last minute above",
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
                "Sample of a sheet",
                "Of the decisions of a sheet, beside all high risk that was kept.",
            ),
            Threshold(
                "second_look_least",
                "Q5",
                "Smallest sample",
                "items",
                "However small the share; a smaller sheet is sampled whole.",
                0,
                1000,
            ),
            _share(
                "overturned_share",
                "Q5",
                "A sheet is done again above",
                "Overturned by the second look: then the sheet is done again.",
            ),
        ),
    ),
)
THRESHOLDS: tuple[Threshold, ...] = tuple(each for one in SUBJECTS for each in one.thresholds)

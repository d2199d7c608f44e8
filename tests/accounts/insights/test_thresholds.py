"""Each threshold of the policy is described once, and its default lies within its bounds."""

from accounts.insights import SOC2
from accounts.insights.figures import figures
from accounts.insights.thresholds import THRESHOLDS


def test_every_threshold_of_the_policy_is_described_once() -> None:
    assert sorted(each.name for each in THRESHOLDS) == sorted(figures(SOC2))


def test_the_words_of_a_threshold_are_its_own() -> None:
    labels = [each.label for each in THRESHOLDS]
    assert len(labels) == len(set(labels))
    assert [each.name for each in THRESHOLDS if not each.help.endswith(".")] == []


def test_the_default_lies_within_its_bounds() -> None:
    outside = [
        each.name
        for each in THRESHOLDS
        if each.unit and not each.least <= each.default <= each.most
    ]
    assert outside == []

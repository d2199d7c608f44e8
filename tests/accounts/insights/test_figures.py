"""The figures of a policy, compared and checked."""

from dataclasses import replace

import pytest

from accounts.insights import SOC2
from accounts.insights.figures import differences, figured, figures, named, problems
from accounts.insights.thresholds import THRESHOLDS

BY_NAME = {each.name: each for each in THRESHOLDS}


@pytest.mark.parametrize(
    ("name", "figure", "words"),
    [
        ("inactive_notice", 30, "30 days"),
        ("temporary_total", 1200, "1,200 days"),
        ("peer_share", 15, "15 percent"),
        ("pace_told", True, "on"),
        ("pace_told", False, "off"),
    ],
)
def test_a_figure_in_words(name: str, figure: int, words: str) -> None:
    assert figured(figure, BY_NAME[name]) == words


def test_figures_and_back_is_the_same_policy() -> None:
    assert named("SOC 2 default", figures(SOC2)) == SOC2


def test_a_threshold_that_is_younger_than_a_version_has_its_default() -> None:
    values = figures(SOC2)
    del values["secret_age"]
    assert named("SOC 2 default", values) == SOC2


def test_differences_stand_in_the_order_of_the_page() -> None:
    other = replace(SOC2, pace_told=False, inactive_notice=20)
    found = [(each.threshold.name, each.was, each.now) for each in differences(SOC2, other)]
    assert found == [("inactive_notice", 30, 20), ("pace_told", True, False)]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"inactive_look": 30}, []),
        ({"inactive_look": 29}, ["inactive_look"]),
        ({"inactive_look": 90}, ["inactive_revoke"]),
        ({"inactive_revoke_sensitive": 90}, []),
        ({"inactive_revoke_sensitive": 91}, ["inactive_revoke_sensitive"]),
        ({"peer_few": 11}, ["peer_few"]),
        ({"peer_share": 101}, ["peer_share"]),
        ({"violation_hours": 0}, ["violation_hours"]),
        ({"grown_share": 1000}, []),
    ],
)
def test_problems_name_the_field(changed: dict[str, int], wrong: list[str]) -> None:
    found = list(problems(replace(SOC2, **changed)))  # type: ignore[arg-type]  # no switch among them
    assert [name for name, _ in found] == wrong
    assert [sentence for _, sentence in found if not sentence.endswith(".")] == []

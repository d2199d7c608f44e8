"""The presets hold what their frameworks ask for, and nothing that contradicts itself."""

from accounts.insights import SOC2
from accounts.insights.figures import differences, problems
from accounts.insights.presets import PRESETS


def test_presets_are_policies_that_may_be_put_in_force() -> None:
    assert [(each.name, list(problems(each))) for each in PRESETS] == [
        ("SOC 2 default", []),
        ("PCI DSS 4.0.1", []),
        ("FedRAMP Moderate", []),
        ("FedRAMP High", []),
        ("CIS v8", []),
    ]


def test_presets_differ_from_the_default_where_their_framework_names_a_figure() -> None:
    found = {
        preset.name: {each.threshold.name: each.now for each in differences(SOC2, preset)}
        for preset in PRESETS
    }
    assert found == {
        "SOC 2 default": {},
        "PCI DSS 4.0.1": {"inactive_revoke_sensitive": 90},
        "FedRAMP Moderate": {"inactive_revoke_sensitive": 90},
        "FedRAMP High": {
            "inactive_notice": 21,
            "inactive_look": 30,
            "inactive_revoke": 35,
            "emergency_validated": 30,
        },
        "CIS v8": {"inactive_notice": 21, "inactive_look": 30, "inactive_revoke": 45},
    }

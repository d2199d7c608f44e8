"""Where to start a policy from: thresholds by framework, each with the source of its figure.

A framework fixes few of them. What it leaves open stays as in the SOC 2 default, whose own
sources are those of the big directories (30 days of notice), CIS (45), and PCI and the cloud
providers (90).
"""

from dataclasses import replace

from accounts.insights.policy import SOC2, Policy

PRESETS: tuple[Policy, ...] = (
    SOC2,
    replace(
        SOC2,
        name="PCI DSS 4.0.1",
        # 8.2.6: inactive user accounts are removed or disabled within 90 days; it knows no
        # shorter time for privileged ones.
        inactive_revoke=90,
        inactive_revoke_sensitive=90,
        # 8.2.5: access of terminated users is revoked immediately; a day is the most we allow.
        violation_hours=24,
        # 8.3.9: passwords that are the only factor are changed at least once every 90 days.
        secret_age=90,
    ),
    replace(
        SOC2,
        name="FedRAMP Moderate",
        # AC-2(3): disabled after 90 days of inactivity, and within 24 hours once an account has
        # expired, belongs to nobody any more, or breaks the policy.
        inactive_revoke=90,
        inactive_revoke_sensitive=90,
        violation_hours=24,
        # AC-2(j): privileged accounts are reviewed every quarter, emergency accounts among them.
        emergency_validated=90,
    ),
    replace(
        SOC2,
        name="FedRAMP High",
        # AC-2(3): as Moderate, but 35 days of inactivity for every account. Notice and a closer
        # look come before it.
        inactive_notice=21,
        inactive_look=30,
        inactive_revoke=35,
        inactive_revoke_sensitive=35,
        violation_hours=24,
        # AC-2(j): privileged accounts are reviewed every month, emergency accounts among them.
        emergency_validated=30,
    ),
    replace(
        SOC2,
        name="CIS v8",
        # 5.3: dormant accounts are deleted or disabled after 45 days of inactivity. Notice and a
        # closer look come before it.
        inactive_notice=21,
        inactive_look=30,
        inactive_revoke=45,
        inactive_revoke_sensitive=35,
        # 5.1: all accounts are validated at least every quarter, emergency accounts among them.
        emergency_validated=90,
    ),
)
# The name of a policy whose figures are those of none of them.
OWN_FIGURES = "Own figures"

"""People, systems, what they hold, and how that came to be known."""

from accounts.models.access import Account, Entitlement, EntitlementVersion, Grant
from accounts.models.findings import Finding
from accounts.models.imports import ExpectedRemoval, ImportFile, ImportRun, RejectedRow
from accounts.models.people import Person, Team
from accounts.models.policies import PolicyVersion
from accounts.models.registers import AccountRegistration, DutyConflict, EmergencyUse
from accounts.models.systems import Source, System
from accounts.models.users import User

__all__ = [
    "Account",
    "AccountRegistration",
    "DutyConflict",
    "EmergencyUse",
    "Entitlement",
    "EntitlementVersion",
    "ExpectedRemoval",
    "Finding",
    "Grant",
    "ImportFile",
    "ImportRun",
    "Person",
    "PolicyVersion",
    "RejectedRow",
    "Source",
    "System",
    "Team",
    "User",
]

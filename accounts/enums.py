"""The closed sets of words that accounts, people and imports are described with."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a login may do beyond judging its own sheet. Owners of systems need no role of
    their own: owning a system is what lets them act for it."""

    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"
    SECURITY = "security", "Security team"
    ADMINISTRATOR = "administrator", "Administrator"


class Grouping(TextChoices):
    """How a user wants the rows of a review sheet to lie beside each other."""

    PERSON = "person", "person"
    SYSTEM = "system", "system"


class WorkerType(TextChoices):
    EMPLOYEE = "employee", "Employee"
    CONTRACTOR = "contractor", "Contractor"
    GUEST = "guest", "Guest"
    AUDITOR = "auditor", "Auditor"
    UNKNOWN = "unknown", "Unknown"


# Whose temporary accounts the catalogue may limit to some rights (rule S23).
TEMPORARY_ROLES: tuple[str, ...] = (WorkerType.CONTRACTOR, WorkerType.GUEST, WorkerType.AUDITOR)


class PersonStatus(TextChoices):
    ACTIVE = "active", "Active"
    ON_LEAVE = "on_leave", "On leave"
    LEFT = "left", "Left"
    GONE = "gone", "Gone from the roster"
    UNKNOWN = "unknown", "Unknown"


class ManagerProblem(TextChoices):
    """Why a person's manager cannot be relied on; blank where there is nothing to report."""

    MISSING = "missing", "No manager named"
    UNKNOWN = "unknown", "The named manager is not known"
    AMBIGUOUS = "ambiguous", "The manager's name fits several people"
    DEPARTED = "departed", "The manager has left"
    CIRCLE = "circle", "The managers form a circle"


class DataClass(TextChoices):
    """Ordered from least to most protected; see DATA_CLASS_RANK."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    COMPANY = "company_confidential", "Company Confidential"
    CUSTOMER = "customer_confidential", "Customer Confidential"


DATA_CLASS_RANK = {choice: rank for rank, choice in enumerate(DataClass.values)}


class Criticality(TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class SourceKind(TextChoices):
    ROSTER = "roster", "HR roster"
    SYSTEM = "system", "System"


class AccountType(TextChoices):
    PERSONAL = "personal", "Personal"
    TEMPORARY = "temporary", "Temporary"
    SERVICE = "service", "Service"
    EMERGENCY = "emergency", "Emergency"
    UNCLASSIFIED = "unclassified", "Unclassified"


class AccountStatus(TextChoices):
    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"
    UNKNOWN = "unknown", "Unknown"


class LastUse(TextChoices):
    """What is known of an account's last use; only KNOWN comes with a time."""

    KNOWN = "known", "Known"
    NEVER = "never", "Never used"
    UNKNOWN = "unknown", "Unknown"
    NOT_AVAILABLE = "not_available", "Not available"


class Precision(TextChoices):
    EXACT = "exact", "To the second"
    DAY = "day", "By day"


class Answer(TextChoices):
    """Yes and no, with the two ways of not knowing kept apart."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Unknown"
    NOT_AVAILABLE = "not_available", "Not available"


class LinkMethod(TextChoices):
    """By what an account was linked to its holder, strongest first."""

    MANUAL = "manual", "Linked by hand"
    EMPLOYEE_ID = "employee_id", "Employee id"
    MAIL = "mail", "Mail"
    NAME = "name", "Exact name"
    NONE = "none", "Not linked"


class RegistrationKind(TextChoices):
    """As what an account that looks wrong was registered, so that it is no violation."""

    SHARED = "shared", "Shared by several people"
    SECOND = "second", "Second account of an administrator"


class RunState(TextChoices):
    """Where an import run stands. STAGED waits for somebody to press Import."""

    UPLOADED = "uploaded", "Uploaded"
    STAGED = "staged", "Read, waiting for Import"
    IMPORTING = "importing", "Importing"
    HELD = "held", "Held for a person"
    COMPLETE = "complete", "Complete"
    FAILED = "failed", "Failed"
    DISCARDED = "discarded", "Discarded"


class Severity(TextChoices):
    """What an insight asks for, most serious first."""

    VIOLATION = "V", "Violation"
    REVOKE = "R", "Revoke recommended"
    LOOK = "L", "Look closer"
    INFORMATION = "I", "Information"


class Resolution(TextChoices):
    """Why a finding is no longer open. What a rule still shows cannot be resolved by hand."""

    FACTS_CHANGED = "facts_changed", "The facts changed"
    CORRECTED = "corrected", "Corrected by a person"
    REMOVED = "removed", "Removed, and proved gone"
    EXPLAINED = "explained", "Explained"


class Cause(TextChoices):
    """Why the account of somebody who left was still live."""

    TOLD_LATE = "told_late", "We were told late"
    OVERLOOKED = "overlooked", "Overlooked when they left"
    HANDOVER = "handover", "Kept for a handover"
    ROSTER_WRONG = "roster_wrong", "The roster is wrong: they are here"
    OTHER = "other", "Another cause, in the note"


class FindingState(TextChoices):
    OPEN = "open", "Open"
    RESOLVED = "resolved", "Resolved"

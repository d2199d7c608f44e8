"""Who may do what, as predicates without side effects: the third ring of access.

An inactive user may do nothing. The system (a job, or the command line without a person) is no
user: each action says for itself what it may do.
"""

from accounts.enums import Role
from accounts.models import Account, Finding, System, User
from accounts.models.scopes import reads_all
from audit.actors import Actor


def is_security(user: User) -> bool:
    """Whether the user is on the security team: sources, campaigns, findings, removals."""
    return user.is_active and user.role == Role.SECURITY


def may_administer(user: User) -> bool:
    """Sign-in, roles, sources, settings."""
    return user.is_active and user.role == Role.ADMINISTRATOR


def may_run(user: User) -> bool:
    """Sources, the inventory and campaigns: the security team's, or an administrator's."""
    return is_security(user) or may_administer(user)


def may_read_all(user: User) -> bool:
    """Auditors read everything and change nothing; security and administrators read it too."""
    return reads_all(user)


def owns_system(user: User, system: System) -> bool:
    return user.is_active and user.person_id is not None and system.owner_id == user.person_id


def may_act_for_system(user: User, system: System) -> bool:
    """Imports, the catalogue, links and types of one system."""
    return may_run(user) or owns_system(user, system)


def owns_account(user: User, account: Account) -> bool:
    """Whether the user answers for a service, emergency or temporary account."""
    person = user.person_id
    if not user.is_active or person is None:
        return False
    leads = account.owner_team is not None and account.owner_team.lead_id == person
    return leads or person in {account.owner_person_id, account.sponsor_id}


def holds_account(user: User, account: Account) -> bool:
    """Whether the account is the user's own, or its credential lies with them."""
    person = user.person_id
    return person is not None and person in {
        account.person_id,
        account.operator_id or account.owner_person_id,
    }


def may_correct_account(user: User, account: Account) -> bool:
    """Say whose an account is and of what type: it decides who reviews it, so never one's own."""
    return may_act_for_system(user, account.system) and not holds_account(user, account)


def may_name_for_account(user: User, account: Account) -> bool:
    """Name its owner, purpose, end date or sponsor: also for those who answer for it, and for
    the manager of its holder, but nobody extends or explains an account of their own."""
    person = user.person_id
    manages = account.person is not None and account.person.manager_id == person
    answers = owns_account(user, account) or (user.is_active and person is not None and manages)
    if person is not None and account.person_id == person:
        return False
    return may_act_for_system(user, account.system) or answers


def may_resolve_finding(user: User, finding: Finding) -> bool:
    """The security team, the system's owner, or whom it names; never the account's holder."""
    person = user.person_id
    if person is not None and finding.account.person_id == person:
        return False
    leads = finding.owner_team is not None and finding.owner_team.lead_id == person
    named = user.is_active and person is not None and (finding.owner_person_id == person or leads)
    return may_act_for_system(user, finding.system) or named


def valid_acknowledger(user: User, actor: Actor) -> bool:
    """Who may approve what ``actor`` asks for: another person, of security or an administrator."""
    return may_run(user) and user.pk != actor.user_id

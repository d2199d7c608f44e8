"""From a file's column headers to our fields: what can be mapped without asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from accounts.connectors.base import ACCOUNT, PERSON, RecordShape, SchemaDrift, WrongConfiguration
from accounts.connectors.file_profiles import (
    COMMON,
    NO_PROFILE,
    PROFILES,
    Derived,
    Profile,
    find_profile,
    normalise,
)

# In each line the better header first: a manager's id is worth more than a manager's name.
_ACCOUNT_HEADERS = {
    "account_id": "accountid userid externalid objectid objectguid id",
    "username": (
        "username user login loginname logonname logon samaccountname userprincipalname upn "
        "accountname account"
    ),
    "mail": "mail email emailaddress mailaddress primaryemail workemail",
    "name": "name fullname displayname",
    "account_type": "accounttype usertype type",
    "status": "status accountstatus userstatus state accountenabled enabled active",
    "created": (
        "created createdat createdon createddate creationdate creationtime whencreated "
        "createddatetime"
    ),
    "last_used": (
        "lastused lastuse lastlogin lastlogon lastsignin lastactive lastactivity lastseen "
        "lastaccess lastaccessed lastlogindate lastlogontime lastlogondate lastlogontimestamp "
        "lastsignindatetime lastloginat lastuseddate"
    ),
    "last_interactive": (
        "lastinteractive lastinteractivesignin lastinteractivelogin lastinteractivelogon "
        "lastinteractivesignindatetime lastconsolelogin lastconsolesignin"
    ),
    "mfa": (
        "mfa mfaenabled mfaactive mfastatus 2fa 2faenabled tfaenabled twofactor twofactorenabled "
        "twofactorauthentication multifactor multifactorauthentication"
    ),
    "secret_changed": (
        "secretchanged passwordchanged passwordchangedat passwordchangedon passwordlastchanged "
        "passwordlastset lastpasswordchange lastpasswordchangedatetime keylastrotated"
    ),
    "employee_id": "employeeid employeenumber employeeno personnelnumber staffid personid workerid",
    "owner": "owner accountowner ownedby ownermail owneremail",
    "sponsor": "sponsor sponsoredby sponsormail sponsoremail",
    "purpose": "purpose accountpurpose businesspurpose",
    "expires": (
        "expires expiry expirydate expiration expirationdate expiresat expireson accountexpires "
        "validuntil enddate"
    ),
    "entitlement": (
        "entitlement entitlements entitlementname role roles rolename group groups groupname "
        "right rights permission permissions permissionset accesslevel"
    ),
    "entitlement_description": (
        "entitlementdescription roledescription groupdescription rightdescription "
        "permissiondescription"
    ),
    "privileged": "privileged isprivileged isadmin admin",
    "granted": "granted grantedat grantedon granteddate grantdate assigned assignedon assigneddate",
    "granted_by": "grantedby assignedby",
    "request_reference": "requestreference requestid requestnumber request ticket ticketnumber",
}
_PERSON_HEADERS = {
    "employee_id": (
        "employeeid employeenumber employeeno personnelnumber staffid workerid personid id"
    ),
    "name": "name fullname displayname employeename workername employee",
    "mail": "mail email emailaddress mailaddress workemail primaryemail",
    "title": "title jobtitle position",
    "department": "department dept departmentname",
    "team": "team teamname",
    "worker_type": "workertype employeetype employmenttype contracttype persontype type",
    "status": "status employmentstatus employeestatus workerstatus state",
    "start": "start startdate hiredate dateofhire joined joindate joiningdate entrydate",
    "end": (
        "end enddate terminationdate leavingdate leavedate lastday lastworkingday lastdayofwork "
        "exitdate contractend contractenddate"
    ),
    "manager": (
        "managerid manageremployeeid managermail manageremail manager linemanager supervisor "
        "reportsto managername"
    ),
}
_HEADERS = {ACCOUNT.name: _ACCOUNT_HEADERS, PERSON.name: _PERSON_HEADERS}

Row = Sequence[str]


@dataclass(frozen=True)
class HeaderMapping:
    """``columns`` is field -> header; ``derived`` are fields put together from several columns.

    ``unknown`` are headers that nothing uses, ``missing`` the groups of fields of which one is
    needed and none is there.
    """

    columns: dict[str, str]
    profile: str
    derived: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[tuple[str, ...], ...]

    @property
    def problem(self) -> str:
        """What a person must do before the file can be read, or nothing."""
        if not self.missing:
            return ""
        wanted = "; ".join(" or ".join(group) for group in self.missing)
        return f"No column was found for {wanted}. Say which column holds it."


def guess_mapping(
    headers: Sequence[str], shape: RecordShape, *, chosen: Mapping[str, str] | None = None
) -> HeaderMapping:
    """Map what is clear. ``chosen`` (field -> header) is what a person said; it always stands."""
    profile = find_profile(headers, shape)
    columns = dict(chosen or {})
    _check(headers, shape, columns)
    free = {normalise(header): header for header in reversed(headers)}
    free = {key: header for key, header in free.items() if header not in columns.values()}
    for keys_of in (_own(shape), profile.columns, _known(shape, profile)):
        for field in shape.fields:
            if field not in columns and (key := _first(keys_of.get(field, ()), free)):
                columns[field] = free.pop(key)
    derived = _derived(headers, columns, profile, shape)
    used = {key for rule in derived for key in (*rule.needs, *rule.also)}
    return HeaderMapping(
        columns={field: columns[field] for field in shape.fields if field in columns},
        profile=profile.name,
        derived=tuple(rule.field for rule in derived),
        unknown=tuple(
            header
            for header in headers
            if header not in columns.values() and normalise(header) not in used
        ),
        missing=_missing(shape, {*columns, *(rule.field for rule in derived)}),
    )


def make_reader(
    headers: Sequence[str], columns: Mapping[str, str], shape: RecordShape, *, profile: str = ""
) -> tuple[list[str], Callable[[Row], Row]]:
    """The fields that a row gives, and the function that takes them, in that order, from it."""
    _check(headers, shape, columns)
    places = {header: place for place, header in enumerate(headers)}
    plain = taker([places[header] for header in columns.values()])
    rules = _derived(headers, columns, PROFILES.get(profile, NO_PROFILE), shape)
    if not rules:
        return list(columns), plain
    by_key = {normalise(header): place for header, place in reversed(places.items())}
    combined = [_combiner(rule, by_key) for rule in rules]

    def read(row: Row) -> Row:
        return [*plain(row), *[combine(row) for combine in combined]]

    return [*columns, *(rule.field for rule in rules)], read


def taker(places: list[int]) -> Callable[[Row], Row]:
    """What takes the cells at these places out of a row; ``itemgetter`` alone gives no row for
    one place and fails for none."""
    if not places:
        return lambda _row: ()
    if len(places) == 1:
        return itemgetter(slice(places[0], places[0] + 1))
    return itemgetter(*places)


def _combiner(rule: Derived, by_key: Mapping[str, int]) -> Callable[[Row], str]:
    places = [by_key.get(key) for key in (*rule.needs, *rule.also)]
    return lambda row: rule.combine(*["" if place is None else row[place] for place in places])


def _check(headers: Sequence[str], shape: RecordShape, columns: Mapping[str, str]) -> None:
    for field, header in columns.items():
        if field not in shape.fields:
            raise WrongConfiguration(
                f"There is no field “{field}”. Choose one of {', '.join(shape.fields)}."
            )
        if header not in headers:
            raise SchemaDrift(
                f"The column “{header}”, mapped to {field}, is not in this file. Its columns are "
                f"{', '.join(headers)}. Map {field} to one of them, or export with that column."
            )


def _own(shape: RecordShape) -> dict[str, tuple[str, ...]]:
    """A column that bears a field's own name is that field's, where no better one is known."""
    best = {field: line.split()[0] for field, line in _HEADERS[shape.name].items()}
    return {field: (key,) for field, key in best.items() if key == normalise(field)}


def _known(shape: RecordShape, profile: Profile) -> dict[str, tuple[str, ...]]:
    """The usual headers, without what the profile puts together itself or knows to mislead."""
    apart = {rule.field for rule in profile.derived}
    return {
        field: tuple(key for key in line.split() if key not in profile.ignored)
        for field, line in _HEADERS[shape.name].items()
        if field not in apart
    }


def _first(keys: Sequence[str], free: Mapping[str, str]) -> str | None:
    return next((key for key in keys if key in free), None)


def _derived(
    headers: Sequence[str], columns: Mapping[str, str], profile: Profile, shape: RecordShape
) -> list[Derived]:
    there = {normalise(header) for header in headers}
    rules: dict[str, Derived] = {}
    for rule in (*profile.derived, *COMMON):
        wanted = rule.field in shape.fields and rule.field not in columns
        if wanted and there.issuperset(rule.needs):
            rules.setdefault(rule.field, rule)
    return list(rules.values())


def _missing(shape: RecordShape, found: set[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(group for group in shape.required if not found.intersection(group))

"""What the words and dates in a cell mean: vocabularies, and readers that are pure functions.

The keys of a vocabulary are folded (see fold()); its values are the words of our closed sets.
A word that is in no vocabulary is unknown: it is kept as it was written, never guessed at. A
blank cell in a column that is there is "unknown"; a column that is not there is "not available".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Literal

UNKNOWN = "unknown"
NOT_AVAILABLE = "not_available"
NEVER = "never"
KNOWN = "known"

_UNKNOWN_WORDS = ("", "unknown", "?", "no information", "no data", "unbekannt")
_NOT_AVAILABLE_WORDS = (
    "n/a",
    "na",
    "n.a.",
    "not available",
    "not applicable",
    "not supported",
    "not tracked",
)


def _words(**groups: str) -> dict[str, str]:
    """A vocabulary from lines of folded words, parted by commas."""
    pairs = [(word, value) for value, line in groups.items() for word in line.split(",")]
    words = dict(pairs)
    if len(words) != len(pairs):
        raise ValueError("A word of a vocabulary stands for two values.")
    return words


# Accounts: what counts as live errs on the side of live.
STATUS_WORDS = _words(
    active=(
        "active,enabled,enable,live,ok,valid,normal,true,t,yes,y,1,on,open,current,confirmed,"
        "password expired,locked,locked out,recovery,provisioned,pending user action"
    ),
    disabled=(
        "disabled,disable,inactive,deactivated,suspended,deprovisioned,blocked,closed,revoked,"
        "terminated,deleted,archived,staged,false,f,no,n,0,off"
    ),
    unknown=",".join(_UNKNOWN_WORDS) + ",no active credential",
)
PERSON_STATUS_WORDS = _words(
    active="active,employed,current,working,hired,enabled,true,yes,y,1,probation,notice period",
    on_leave=(
        "on leave,leave,leave of absence,loa,parental leave,maternity leave,paternity leave,"
        "sick leave,sabbatical,absent,furlough"
    ),
    left=(
        "left,leaver,terminated,inactive,former,resigned,retired,dismissed,offboarded,exited,ended,"
        "deceased,disabled,false,no,n,0"
    ),
    unknown=",".join(_UNKNOWN_WORDS),
)
WORKER_TYPE_WORDS = _words(
    employee=(
        "employee,regular,permanent,full time,part time,fulltime,parttime,staff,fte,internal,"
        "intern,trainee,apprentice,working student,executive"
    ),
    contractor=(
        "contractor,contingent,contingent worker,consultant,freelancer,freelance,external,"
        "temporary,temp,temporary worker,agency worker,vendor,supplier,outsourced,service provider"
    ),
    guest="guest,visitor,partner,customer",
    auditor="auditor,external auditor",
    unknown=",".join(_UNKNOWN_WORDS),
)
ACCOUNT_TYPE_WORDS = _words(
    personal=(
        "personal,person,human,user,individual,named,standard user,employee,staff,member,regular,"
        "standard,normal,default,full,full member"
    ),
    temporary=(
        "temporary,temp,guest,contractor,external,contingent,contingent worker,visitor,"
        "outside collaborator,collaborator,external auditor,external user,external member,"
        "consultant,vendor,partner,restricted,single channel guest,multi channel guest"
    ),
    service=(
        "service,service account,serviceaccount,service user,system,system account,technical,"
        "technical user,technical account,machine,machine user,machine account,bot,robot,"
        "application,app,api,api user,api service,token,integration,integration user,non human,"
        "nonhuman,non person,workload,daemon,computer,serviceprincipal,service principal,"
        "managed identity,managedidentity,gmsa,smsa,msds groupmanagedserviceaccount,"
        "msds managedserviceaccount,no console password; active access key"
    ),
    emergency=(
        "emergency,emergency account,emergency access,break glass,breakglass,firefighter,"
        "fire fighter,firecall,root,root account"
    ),
    unclassified=",".join((*_UNKNOWN_WORDS, *_NOT_AVAILABLE_WORDS)) + ",unclassified,other",
)
YES_NO_WORDS = _words(
    yes="yes,y,true,t,1,on,enabled,active,enrolled,registered,x,ja,oui,si,sí",
    no="no,n,false,f,0,off,disabled,inactive,none,not enrolled,not registered,nein,non",
    unknown=",".join(_UNKNOWN_WORDS),
    not_available=",".join(_NOT_AVAILABLE_WORDS),
)
# Instead of a time of last use. The 1970 of a zero that was never set means never.
LAST_USE_WORDS = _words(
    never=(
        "never,never used,never logged in,never signed in,has never signed in,never active,"
        "never accessed,"
        "not used,"
        "1970 01 01,1970 01 01 00:00:00,1970 01 01t00:00:00z,1970 01 01t00:00:00.000z,"
        "1970 01 01t00:00:00+00:00,0"
    ),
    unknown=",".join(_UNKNOWN_WORDS),
    not_available=",".join(_NOT_AVAILABLE_WORDS),
)

# Names that tell of nobody, with or without a number behind them; read alike by Python and SQL.
_GENERIC_NAMES = (
    "admin|administrator|root|test|tester|testuser|user|users|guest|info|support|helpdesk|office"
    "|reception|shared|common|team|scanner|printer|training|demo|sales|finance|marketing|hr|it"
    "|ops|operator|postgres|oracle|sysadmin|dba|default|anonymous|nobody"
)
GENERIC_NAME_PATTERN = f"^(?:{_GENERIC_NAMES})[-_.]?[0-9]*$"

# Separators of several rights in one cell, chosen for each source.
ENTITLEMENT_SEPARATORS = {
    ";": "semicolon",
    "|": "vertical bar",
    ",": "comma",
    "\n": "new line",
}

DateOrder = Literal["iso", "dmy", "mdy", "ambiguous"]
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# These patterns are also regular expressions of PostgreSQL.
TIME_PART = r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
ZONE_PART = r" ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
ISO_PATTERN = rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME_PART}{ZONE_PART}$"
COMPACT_PATTERN = r"^((?:19|20)\d{2})(0[1-9]|1[0-2])([0-3]\d)$"
DAY_OR_MONTH_PATTERN = (
    rf"^(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}),?{TIME_PART}(?: ?([AaPp][Mm]))?$"
)
NAMED_MONTH_PATTERN = (
    rf"^(\d{{1,2}})[- ]([A-Za-z]{{3}})[a-z]*[- ](\d{{4}}),?{TIME_PART}{ZONE_PART}$"
)
EPOCH_PATTERN = r"^(\d{9,10}|\d{12,13})(?:\.\d+)?$"

_ISO = re.compile(ISO_PATTERN)
_COMPACT = re.compile(COMPACT_PATTERN)
_DAY_OR_MONTH = re.compile(DAY_OR_MONTH_PATTERN)
_NAMED_MONTH = re.compile(NAMED_MONTH_PATTERN)
_EPOCH = re.compile(EPOCH_PATTERN)
_GAPS = re.compile(r"[\s_-]+")


def fold(text: str) -> str:
    """The form in which words are looked up: small letters, one space for _, - and gaps.

    In SQL: lower(trim(regexp_replace(x, '[[:space:]_-]+', ' ', 'g'))).
    """
    return _GAPS.sub(" ", text).strip().lower()


def detect_date_order(values: Iterable[str]) -> DateOrder:
    """Which of day and month stands first in a whole column.

    One value over 12 tells; dots are a day first. "iso" when no value needs the answer,
    "ambiguous" when none gives it or when they contradict one another: then a person is asked.
    """
    asks, day_first, month_first = False, False, False
    for value in values:
        found = _DAY_OR_MONTH.match(value.strip())
        if not found:
            continue
        asks = True
        day_first |= int(found[1]) > 12 or found[2] == "."
        month_first |= int(found[3]) > 12
    if not asks:
        return "iso"
    if day_first == month_first:
        return "ambiguous"
    return "dmy" if day_first else "mdy"


def read_time(text: str, *, order: DateOrder = "iso", zone: tzinfo = UTC) -> datetime | date | None:
    """A time with its zone, or a date where no time of day is said; None where it is neither.

    ``zone`` is for times that name none. In the order "ambiguous" no d/m date is read at all.
    """
    text = text.strip()
    try:
        if found := _ISO.match(text):
            year, month, day, *clock, offset = found.groups()
            return _moment(year, month, day, clock, offset, zone)
        if found := _COMPACT.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NAMED_MONTH.match(text):
            day, name, year, *clock, offset = found.groups()
            month = MONTHS.index(name.lower()) + 1
            return _moment(year, month, day, clock, offset, zone)
        if found := _DAY_OR_MONTH.match(text):
            return _day_or_month(found, order, zone)
        if found := _EPOCH.match(text):
            number = int(found[1])
            return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
    except ValueError:
        return None
    return None


def read_last_use(
    text: str, *, order: DateOrder = "iso", zone: tzinfo = UTC
) -> tuple[str, datetime | date | None]:
    """known with its time, or never, unknown, not_available; an unread word is unknown."""
    if word := LAST_USE_WORDS.get(fold(text)):
        return word, None
    moment = read_time(text, order=order, zone=zone)
    if moment is None:
        return UNKNOWN, None
    return (NEVER, None) if moment.year == 1970 else (KNOWN, moment)


def split_rights(cell: str, separator: str) -> list[str]:
    """The rights that a cell lists, each once, in order; without a separator it is one right."""
    parts = cell.split(separator) if separator else [cell]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _day_or_month(found: re.Match[str], order: DateOrder, zone: tzinfo) -> datetime | date | None:
    if order not in ("dmy", "mdy"):
        return None
    first, _, second, year, *clock, half = found.groups()
    day, month = (first, second) if order == "dmy" else (second, first)
    if half and clock[0]:
        clock[0] = str(int(clock[0]) % 12 + (12 if half.lower() == "pm" else 0))
    return _moment(year, month, day, clock, None, zone)


def _moment(
    year: str, month: str | int, day: str, clock: list[str], offset: str | None, zone: tzinfo
) -> datetime | date:
    hour, minute, second = clock
    if hour is None:
        return date(int(year), int(month), int(day))
    return datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
        tzinfo=_zone(offset) if offset else zone,
    )


def _zone(offset: str) -> tzinfo:
    if offset in ("Z", "UTC", "GMT"):
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[3:].strip(":") or 0)
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if offset[0] == "-" else away)

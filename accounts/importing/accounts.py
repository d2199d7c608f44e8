"""What a run says of a system, beside the picture that stands: accounts, rights, grants.

Four tables of the run come out of it: accounts and entitlements with the ids that they have or
will have, grants, and the changes between those grants and the ones that stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from accounts.connectors import values
from accounts.importing.cells import Cells, literal
from accounts.importing.fields import ACCOUNT_FIELDS, Part, quoted
from accounts.importing.staging import ROWS_A_FILE, fetch, fill, run_sql, table, whole_rows

KEY = 'coalesce(said."account_id", said."username")'
# Fields that describe the account itself, whose rows must agree on them.
OWN = [field.name for field in ACCOUNT_FIELDS.values() if field.part is Part.ACCOUNT]


def account_columns(cells: Cells) -> dict[str, str]:
    """Column of Account to the expression that gives it; what a time says comes from ``used``."""
    known = "WHEN used IS NOT NULL AND used >= '1971-01-01' THEN"
    return {
        "external_id": cells.text("account_id"),
        "username": cells.text("username"),
        "name": cells.text("name"),
        "mail": cells.text("mail"),
        "employee_id": cells.text("employee_id"),
        "raw_type": cells.text("account_type"),
        "status": cells.word("status", values.STATUS_WORDS, absent=values.UNKNOWN),
        "raw_status": cells.text("status"),
        "created": cells.moment("created"),
        "last_used": f"CASE {known} used END",
        "last_use": f"CASE {known} '{values.KNOWN}' ELSE {cells.last_use_word()} END",
        "last_used_precision": f"CASE {known} {cells.precision()} ELSE '' END",
        "last_interactive": _since_1971(cells, "last_interactive"),
        "mfa": cells.word("mfa", values.YES_NO_WORDS, absent=values.NOT_AVAILABLE),
        "secret_changed": _since_1971(cells, "secret_changed"),
        "privileged": "said.privileged",
        "expires": cells.day("expires"),
        "purpose": cells.text("purpose"),
        "owner_ref": cells.text("owner"),
        "sponsor_ref": cells.text("sponsor"),
    }


def _since_1971(cells: Cells, field: str) -> str:
    """The time of a cell; one of 1970 is how machines say that there was none."""
    if not cells.has(field):
        return "NULL::timestamptz"
    moment = cells.moment(field)
    return f"CASE WHEN {moment} >= '1971-01-01' THEN {moment} END"


class Disagreement(Exception):
    """Two rows with one key say different things; the message names them."""


@dataclass(frozen=True)
class Comparison:
    """One run of a system against the picture that stands; everything is SQL over sets.

    ``separator`` parts several rights in one cell; blank where each cell holds one.
    """

    run_id: int
    system_id: int
    cells: Cells
    separator: str = ""

    def prepare(self) -> None:
        """Make the run's tables of accounts, entitlements and grants, and refuse disagreement."""
        self._compare_accounts()
        self._refuse_accounts_that_differ()
        self._compare_entitlements()
        self._relate_grants()
        self._settle_repeated_rows()

    def _compare_accounts(self) -> None:
        columns = account_columns(self.cells)
        said = table(self.run_id, "said")
        privileged, own_privilege = f"{literal(values.NOT_AVAILABLE)} AS privileged", ""
        if self._has_privileged_accounts():
            privileged = f"coalesce(own.privileged, {literal(values.NOT_AVAILABLE)}) AS privileged"
            own_privilege = f"LEFT JOIN {self._privileged()} AS own ON own.key = said.key"
        # OFFSET 0 keeps the planner from working out an expression twice.
        fill(
            said,
            f"""
            SELECT *, encode(sha256(convert_to(
                       ROW({", ".join(columns)})::text, 'UTF8')), 'hex') AS fingerprint
            FROM (
                SELECT key, n, differs, {", ".join(f"{e} AS {c}" for c, e in columns.items())}
                FROM (SELECT said.*, {self.cells.moment("last_used")} AS used, {privileged}
                      FROM {self._accounts()} AS said {own_privilege} OFFSET 0) AS said
                OFFSET 0) AS said""",
        )
        fill(
            table(self.run_id, "accounts"),
            f"""
            SELECT said.*, coalesce(old.id, nextval('accounts_account_id_seq')) AS id,
                   old.id IS NULL AS fresh,
                   CASE WHEN old.id IS NULL OR old.gone_at IS NOT NULL THEN 'created'
                        WHEN old.fingerprint <> said.fingerprint THEN 'updated'
                        ELSE 'unchanged' END AS change
            FROM {said} AS said
            LEFT JOIN accounts_account AS old
              ON old.system_id = {self.system_id} AND old.key = said.key
            ORDER BY said.n""",
        )

    def _accounts(self) -> str:
        """A relation of the accounts with what is said of each; where its rows say different
        things of it, ``differs`` names the field. A blank says nothing."""
        facts = f"{table(self.run_id, 'facts')} AS said"
        if not self._is_repeated:
            return f"(SELECT *, {KEY} AS key, f AS n, NULL AS differs FROM {facts})"
        own = [field for field in OWN if self.cells.has(field)]
        most = ", ".join(f"{_most(field)} AS {quoted(field)}" for field in own)
        differs = " ".join(
            f"WHEN {_least(field)} <> {_most(field)} THEN {literal(field)}" for field in own
        )
        return f"""(
            SELECT {KEY} AS key, min(said.f) AS n, {most}, CASE {differs} END AS differs
            FROM {facts} GROUP BY 1)"""

    @cached_property
    def _is_repeated(self) -> bool:
        """Whether an account is spoken of in several places."""
        return bool(
            fetch(
                f"SELECT FROM {table(self.run_id, 'facts')} AS said "
                f"GROUP BY {KEY} HAVING count(*) > 1 LIMIT 1"
            )
        )

    def _has_privileged_accounts(self) -> bool:
        rows = table(self.run_id)
        return self.cells.has("privileged") and bool(
            fetch(f"SELECT FROM {rows} WHERE entitlement IS NULL AND privileged <> '' LIMIT 1")
        )

    def _privileged(self) -> str:
        """A relation of keys, with what their rows without a right say of the account itself."""
        word = self.cells.word("privileged", values.YES_NO_WORDS, absent="")
        return f"""(
            SELECT {KEY} AS key, CASE WHEN bool_or({word} = 'yes') THEN 'yes'
                                      ELSE min({word}) END AS privileged
            FROM {whole_rows(self.run_id)} AS said WHERE said."entitlement" IS NULL
            GROUP BY 1)"""

    def _refuse_accounts_that_differ(self) -> None:
        found = fetch(
            f"SELECT key, differs FROM {table(self.run_id, 'accounts')} "
            "WHERE differs IS NOT NULL ORDER BY n LIMIT 3"
        )
        if found:
            said = "; ".join(f"{field} of “{key}”" for key, field in found)
            raise Disagreement(
                f"Rows of one account disagree on what describes the account itself: {said}. "
                "Nothing was taken. Mend the file or export it again."
            )

    def _holdings(self) -> str:
        """The rows, each with one right or none: a cell with several gives several."""
        if not self.separator:
            return f"{table(self.run_id)} AS said"
        return f"""(
            SELECT {table(self.run_id)}.*, parts.part FROM {table(self.run_id)} LEFT JOIN LATERAL (
                SELECT DISTINCT btrim(part) AS part
                FROM string_to_table("entitlement", {literal(self.separator)}) AS part
                WHERE btrim(part) <> '') AS parts ON true) AS said"""

    @property
    def _right(self) -> str:
        return "said.part" if self.separator else 'said."entitlement"'

    def _compare_entitlements(self) -> None:
        description = self.cells.text("entitlement_description")
        word = self.cells.word("privileged", values.YES_NO_WORDS, absent=values.NOT_AVAILABLE)
        fill(
            table(self.run_id, "entitlements"),
            f"""
            SELECT parsed.*, coalesce(old.id, nextval('accounts_entitlement_id_seq')) AS id,
                   old.id IS NULL AS fresh,
                   (old.description, old.source_privileged)
                   IS DISTINCT FROM (parsed.description, parsed.source_privileged) AS changed
            FROM (
                SELECT {self._right} AS key, max({description}) AS description,
                       CASE WHEN bool_or({word} = 'yes') THEN 'yes' ELSE min({word}) END
                       AS source_privileged,
                       bool_or({word} = 'yes') AND bool_or({word} = 'no') AS differs
                FROM {self._holdings()} WHERE {self._right} IS NOT NULL GROUP BY 1) AS parsed
            LEFT JOIN accounts_entitlement AS old
              ON old.system_id = {self.system_id} AND old.key = parsed.key""",
        )

    def _relate_grants(self) -> None:
        accounts, facts = table(self.run_id, "accounts"), table(self.run_id, "facts")
        of_facts = f"(SELECT n AS f, id FROM {accounts})"
        if self._is_repeated:
            of_facts = f"(SELECT f, id FROM {facts} AS said JOIN {accounts} AS a ON a.key = {KEY})"
        fill(
            table(self.run_id, "grants"),
            f"""
            SELECT said.n, account.id AS account_id, entitlement.id AS entitlement_id,
                   {self.cells.moment("granted")} AS granted,
                   {self.cells.text("granted_by")} AS granted_by,
                   {self.cells.text("request_reference")} AS request_reference
            FROM {self._holdings()} JOIN {of_facts} AS account USING (f)
            LEFT JOIN {table(self.run_id, "entitlements")} AS entitlement
              ON entitlement.key = {self._right}""",
        )

    def _settle_repeated_rows(self) -> None:
        """Reject what is said twice, and the whole run where the second time says otherwise."""
        grants = table(self.run_id, "grants")
        if (
            not fetch(f"""
            SELECT FROM {grants} GROUP BY account_id, entitlement_id HAVING count(*) > 1 LIMIT 1""")
        ):
            return
        self._refuse_grants_that_differ()
        run_sql(f"""
            INSERT INTO {table(self.run_id, "faults")} (n, reason)
            SELECT repeated.n, 'It says the same as row ' || first % {ROWS_A_FILE} || '.'
            FROM (SELECT n, entitlement_id,
                         min(n) OVER (PARTITION BY account_id, entitlement_id) AS first
                  FROM {grants}) AS repeated
            JOIN {whole_rows(self.run_id)} AS said ON said.n = repeated.n
            JOIN {whole_rows(self.run_id)} AS earlier ON earlier.n = repeated.first
            WHERE repeated.n > first
              AND (entitlement_id IS NOT NULL
                   OR to_jsonb(said) - 'n' - 'f' = to_jsonb(earlier) - 'n' - 'f')
            GROUP BY repeated.n, first""")
        run_sql(f"DELETE FROM {grants} WHERE n IN (SELECT n FROM {table(self.run_id, 'faults')})")

    def _refuse_grants_that_differ(self) -> None:
        found = fetch(f"""
            SELECT account.key, entitlement.key, min(said.n) % {ROWS_A_FILE},
                   max(said.n) % {ROWS_A_FILE}
            FROM {table(self.run_id, "grants")} AS said
            JOIN {table(self.run_id, "accounts")} AS account ON account.id = said.account_id
            JOIN {table(self.run_id, "entitlements")} AS entitlement
              ON entitlement.id = said.entitlement_id
            GROUP BY 1, 2
            HAVING count(DISTINCT ROW(granted, granted_by, request_reference)) > 1
            ORDER BY 3 LIMIT 3""")
        if found:
            said = "; ".join(f"rows {a} and {b} (“{key}”, “{right}”)" for key, right, a, b in found)
            raise Disagreement(
                f"Rows with one account and one right say different things of it: {said}. "
                "Nothing was taken. Mend the file or export it again."
            )


def _most(field: str) -> str:
    return f'max(said.{quoted(field)} COLLATE "C")'


def _least(field: str) -> str:
    return f'min(said.{quoted(field)} COLLATE "C")'


def unite_keys(run_id: int) -> None:
    """Rows that give a username only belong to the account id that others give with it."""
    rows = table(run_id, "facts")
    if not fetch(f"SELECT FROM {rows} WHERE account_id IS NULL LIMIT 1"):
        return
    run_sql(f"""
        UPDATE {rows} AS said SET account_id = known.account_id
        FROM (SELECT username, min(account_id) AS account_id FROM {rows}
              WHERE account_id IS NOT NULL
                AND username IN (SELECT username FROM {rows} WHERE account_id IS NULL)
              GROUP BY username HAVING min(account_id) = max(account_id)) AS known
        WHERE said.account_id IS NULL AND said.username = known.username""")

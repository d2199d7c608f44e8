"""The addresses of accounts, a block a subject."""

from django.urls import path

from accounts.views import (
    accounts,
    catalogue,
    columns,
    duties,
    emergency_uses,
    findings,
    imports,
    mail,
    people,
    policies,
    profile,
    runs,
    sources,
    suggestions,
    systems,
    teams,
    unmatched,
    users,
    work,
)

app_name = "accounts"
RUN = "imports/<int:run_id>/"
POLICY = "policy/versions/<int:policy_id>/"
CONFLICT = "policy/conflicts/<int:conflict_id>/"
SYSTEM = "systems/<int:system_id>/"
urlpatterns = [
    # Sources and imports
    path("sources/", sources.sources, name="sources"),
    path("imports/", sources.runs, name="runs"),
    path("imports/people/", imports.people, name="import_people"),
    path("imports/accounts/", imports.accounts, name="import_accounts"),
    path("imports/columns/<str:key>/", columns.of_draft, name="draft"),
    path(RUN, runs.run, name="run"),
    path(RUN + "columns/", columns.of_run, name="run_columns"),
    path(RUN + "start/", runs.start, name="run_start"),
    path(RUN + "discard/", runs.discard, name="run_discard"),
    path(RUN + "ask/", runs.ask, name="run_ask"),
    path(RUN + "approve/", runs.approve, name="run_approve"),
    path(RUN + "rejected/", runs.rejected, name="run_rejected"),
    # People and teams
    path("people/", people.people, name="people"),
    path("people/problems/", people.problems, name="manager_problems"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("team/", people.team_access, name="team_access"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.create, name="create_team"),
    path("teams/<int:team_id>/", teams.edit, name="team"),
    # Systems and their catalogues
    path("systems/", systems.systems, name="systems"),
    path("systems/new/", systems.create, name="create_system"),
    path("systems/inventory/", systems.inventory, name="inventory"),
    path(SYSTEM, systems.system, name="system"),
    path(SYSTEM + "edit/", systems.edit, name="edit_system"),
    path(SYSTEM + "retire/", systems.retire, name="retire_system"),
    path(SYSTEM + "imports/", systems.system_runs, name="system_runs"),
    path(SYSTEM + "catalogue/", catalogue.catalogue, name="catalogue"),
    path(SYSTEM + "catalogue/<int:entitlement_id>/", catalogue.entry, name="entry"),
    path(SYSTEM + "catalogue/confirm/", catalogue.confirm, name="confirm_catalogue"),
    path(SYSTEM + "catalogue/save/", catalogue.as_file, name="catalogue_as_file"),
    path(SYSTEM + "catalogue/read/", catalogue.from_file, name="catalogue_from_file"),
    # Accounts
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/unmatched/", unmatched.unmatched, name="unmatched"),
    path("accounts/<int:account_id>/", accounts.account, name="account"),
    path("accounts/<int:account_id>/belongs/", unmatched.belongs, name="belongs"),
    path("accounts/<int:account_id>/right/<slug:act>/", accounts.put_right, name="put_right"),
    path(
        "accounts/registrations/<int:registration_id>/end/",
        accounts.unregister,
        name="end_registration",
    ),
    path("accounts/emergency-uses/", emergency_uses.emergency_uses, name="emergency_uses"),
    path(
        "accounts/emergency-uses/<int:use_id>/", emergency_uses.emergency_use, name="emergency_use"
    ),
    # Findings
    path("findings/", findings.findings, name="findings"),
    path("findings/<int:finding_id>/", findings.finding, name="finding"),
    path("findings/<int:finding_id>/settle/<slug:way>/", findings.settled, name="settle"),
    path(
        "findings/<int:finding_id>/right/<slug:act>/", findings.put_right, name="finding_put_right"
    ),
    # The policy, and conflicts of duties
    path("policy/", policies.policy, name="policy"),
    path("policy/draft/", policies.draft, name="draft_policy"),
    path("policy/versions/", policies.versions, name="policy_versions"),
    path(POLICY, policies.version, name="policy_version"),
    path(POLICY + "preview/", policies.preview, name="preview_policy"),
    path(POLICY + "force/", policies.put_in_force, name="put_policy_in_force"),
    path(POLICY + "discard/", policies.discard, name="discard_policy"),
    path("policy/conflicts/", duties.conflicts, name="conflicts"),
    path("policy/conflicts/new/", duties.create, name="create_conflict"),
    path(CONFLICT, duties.conflict, name="conflict"),
    path(CONFLICT + "end/", duties.end, name="end_conflict"),
    # Logins
    path("users/", users.users, name="users"),
    path("users/new/", users.create, name="create_user"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/end/", users.end, name="end_user"),
    path("users/<int:user_id>/invite/", users.invite, name="invite_user"),
    # One's own login
    path("profile/", profile.profile, name="profile"),
    path("profile/sessions/end/", profile.end_sessions, name="end_sessions"),
    # Mail
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:message_id>/", mail.message, name="message"),
    # Background work
    path("work/", work.work, name="work"),
    path("work/<int:job_id>/retry/", work.retry, name="retry_job"),
    # Suggestions for fields that name somebody
    path("suggest/people/", suggestions.people, name="suggest_people"),
    path("suggest/owners/", suggestions.owners, name="suggest_owners"),
    path("suggest/rights/", suggestions.rights, name="suggest_rights"),
]

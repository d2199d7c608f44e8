"""Every verb the trail may hold, with its sentence for people; sorted by subject.

In a sentence stand {actor}, {target}, the keys of the event's data and the names of its private
texts. One that an event has not is left out, and an erased one says so: it is never an error to
read an old event.
"""

from enum import StrEnum, unique


@unique
class Verb(StrEnum):
    """What was done: ``subject.done`` as it is hashed, and how people read it."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> "Verb":
        verb = str.__new__(cls, value)
        verb._value_ = value
        verb.sentence = sentence
        return verb

    # fmt: off
    ACCOUNT_END_SET = "account.end_set", "{actor} set the end date of {target} to {now}; it was {was}."
    ACCOUNT_LINKED = "account.linked", "{actor} linked {target} to person {person}; it was {was}."
    ACCOUNT_OWNER_NAMED = "account.owner_named", "{actor} named person {person}, team {team} as the owner of {target}; it was person {was_person}, team {was_team}."
    ACCOUNT_PURPOSE_NAMED = "account.purpose_named", "{actor} named the purpose of {target}: {purpose}"
    ACCOUNT_RETYPED = "account.retyped", "{actor} corrected the type of {target} from {was} to {now}: {reason}"
    ACCOUNT_SPONSOR_NAMED = "account.sponsor_named", "{actor} named person {person} as the sponsor of {target}; it was {was}."
    ACCOUNT_UNLINKED = "account.unlinked", "{actor} unlinked {target} from person {was}."
    CAMPAIGN_CLOSED = "campaign.closed", "{actor} closed {target}."
    CAMPAIGN_CLOSE_REFUSED = "campaign.close_refused", "{actor} tried to close {target}, which has gaps: {gaps}."
    CAMPAIGN_CLOSE_REQUESTED = "campaign.close_requested", "{actor} asked for leave to close {target} with gaps: {gaps}. {reason}"
    CAMPAIGN_DISCARDED = "campaign.discarded", "{actor} dropped the plan {target}."
    CAMPAIGN_EXTENDED = "campaign.extended", "{actor} moved the deadline of {target} from {was} to {now}: {reason}"
    CAMPAIGN_LAUNCHED = "campaign.launched", "{actor} launched {target}: {items} items and {exclusions} exclusions make {in_scope} in scope."
    CAMPAIGN_LAUNCH_REFUSED = "campaign.launch_refused", "{actor} tried to launch {target}, but gates are closed: {gates}."
    CAMPAIGN_OVERRIDE_APPROVED = "campaign.override_approved", "{actor} gave leave to launch {target} with closed gates: {gates}."
    CAMPAIGN_OVERRIDE_REQUESTED = "campaign.override_requested", "{actor} asked for leave to launch {target} with closed gates: {reason}"
    CAMPAIGN_REMINDED = "campaign.reminded", "{actor} reminded {sheets} reviewers of {target}."
    CAMPAIGN_PLANNED = "campaign.planned", "{actor} planned {target} for {quarter}."
    CAMPAIGN_PLAN_CHANGED = "campaign.plan_changed", "{actor} changed the plan of {target}."
    CATALOGUE_CONFIRMED = "catalogue.confirmed", "{actor} confirmed {confirmed} entries of the catalogue of {target}."
    CATALOGUE_ENTRY_CHANGED = "catalogue.entry_changed", "{actor} made version {version} of {target} in the catalogue: {plain_words}"
    CATALOGUE_IMPORTED = "catalogue.imported", "{actor} imported the catalogue of {target}: {imported} of {rows_read} rows taken, {created} created, {updated} updated."
    DECISION_CONTESTED = "decision.contested", "{actor} chose {choice} on {target}, which had changed since they saw it: kept as contested."
    DECISION_MADE = "decision.made", "{actor} chose {choice} on {target}. {reason}"
    DECISION_UNDONE = "decision.undone", "{actor} took back {choice} on {target}."
    FINDINGS_REFRESHED = "findings.refreshed", "{actor} looked at {target} anew: {opened} opened, {closed} closed, {open} open."
    EVIDENCE_BUILT = "evidence.built", "{actor} built the evidence of {target}."
    EVIDENCE_TAKEN = "evidence.taken", "{actor} took the evidence of {target} away."
    FINDING_CAUSE_CONFIRMED = "finding.cause_confirmed", "{actor} said why the account of {target} was still live: {cause}. {note}"
    FINDING_OPENED = "finding.opened", "{actor} opened {target} by rule {rule}."
    FINDING_RESOLVED = "finding.resolved", "{actor} closed {target}: {resolution}. {note}"
    IMPORT_COMPLETED = "import.completed", "{actor} made {target} the picture of {source}: {imported} of {rows_read} rows taken, {created} created, {updated} updated, {vanished} vanished."
    IMPORT_DISCARDED = "import.discarded", "{actor} discarded {target}. {reason}"
    IMPORT_FAILED = "import.failed", "{target}, started by {actor}, failed: {reason}"
    IMPORT_HELD = "import.held", "{target} of {source}, started by {actor}, is held for a person: {reasons}"
    IMPORT_TAKEN = "import.taken", "{actor} asked to take the held {target}, approved by {approver}: {reason}"
    IMPORT_TAKE_REQUESTED = "import.take_requested", "{actor} asked for leave to take the held {target}: {reason}"
    IMPORT_UPLOADED = "import.uploaded", "{actor} uploaded {target} of {source}."
    INVENTORY_IMPORTED = "inventory.imported", "{actor} imported the inventory: {imported} of {rows_read} rows taken, {created} systems created, {updated} updated."
    ITEM_CORRECTED = "item.corrected", "{actor} put {target} right by naming {named}."
    ITEM_GONE = "item.gone", "{actor} found {target} gone before decision, by import {run}."
    ITEM_NOT_REVIEWED = "item.not_reviewed", "{actor} closed {target} as not reviewed."
    ITEM_READ = "item.read", "{actor} read all that is known of {target}."
    ITEM_REASSIGNED = "item.reassigned", "{actor} moved {target} from person {from} to person {to}: {note}"
    ITEM_RETURNED = "item.returned", "{actor} found {target} back, by import {run}: it is open again."
    LIST_EXPORTED = "list.exported", "{actor} exported {target} as {format}, by the address {asked}"
    MAIL_SHOWN = "mail.shown", "{actor} read {target} to {to}, about {about}."
    QUESTION_ANSWERED = "question.answered", "{actor} answered a question about {target}: {answer}"
    REVIEW_SIGNED = "review.signed", "{actor} signed {target} off with {decisions} decisions."
    REVOCATION_DONE = "revocation.done", "{actor} says that {target} has been carried out: {note}"
    REVOCATION_FAILED = "revocation.failed", "{actor} found what {target} was to remove still there, by import {run}."
    REVOCATION_GIVEN = "revocation.given", "{actor} handed {target} to person {to}."
    REVOCATION_ORDERED = "revocation.ordered", "{actor} ordered {target}, due {due}. {reason}"
    REVOCATION_REAPPEARED = "revocation.reappeared", "{actor} found what {target} had removed back again, by import {run}."
    REVOCATION_SENT = "revocation.sent", "{actor} sent {target} out to be carried out by {due}."
    REVOCATION_VERIFIED = "revocation.verified", "{actor} verified {target} as gone, by import {run}."
    REVOCATION_WITHDRAWN = "revocation.withdrawn", "{actor} withdrew {target}."
    ROSTER_ADDED = "roster.added", "{actor} added the roster {name} ({target})."
    SYSTEM_ADDED = "system.added", "{actor} added the system {name} ({target})."
    SYSTEM_CHANGED = "system.changed", "{actor} changed {target}."
    SYSTEM_REINSTATED = "system.reinstated", "{actor} took {target} back into the inventory."
    SYSTEM_RETIRED = "system.retired", "{actor} retired {target}."
    TEAM_ADDED = "team.added", "{actor} added the team {name} ({target})."
    TEAM_CHANGED = "team.changed", "{actor} changed the team {name} ({target})."
    SESSION_ENDED = "session.ended", "{actor} signed {target} out of {sessions} sessions."
    TRAIL_CHECKPOINTED = "trail.checkpointed", "{actor} signed {target} at {size} events."
    TRAIL_ERASED = "trail.erased", "{actor} erased the personal texts of {target}, approved by {approver}: {reason}"
    TRAIL_EXPORTED = "trail.exported", "{actor} exported {rows} rows of the trail ({target}) as {format}."
    TRAIL_KEY_INTRODUCED = "trail.key_introduced", "{actor} began to sign with the key {target}."
    TRAIL_KEY_MADE = "trail.key_made", "{actor} made the key {target} to sign with."
    TRAIL_READ = "trail.read", "{actor} looked at the trail ({target})."
    TRAIL_REFUSED = "trail.refused", "{actor} tried {attempted} on {target} and was refused: {reason}"
    TRAIL_VERIFIED = "trail.verified", "{actor} verified the trail: {result}, {problems} problems in {events} events."
    USER_CREATED = "user.created", "{actor} made the login {target} with the role {role}."
    USER_DEACTIVATED = "user.deactivated", "{actor} ended the login {target}."
    USER_INVITED = "user.invited", "{actor} invited {target} to set a password."
    USER_REACTIVATED = "user.reactivated", "{actor} gave {target} its login back."
    USER_ROLE_CHANGED = "user.role_changed", "{actor} changed the role of {target} from {was} to {now}."
    USER_SHEETS_GROUPED = "user.sheets_grouped", "{actor} chose to see review sheets by {now}; it was by {was}."
    USER_ZONE_CHANGED = "user.zone_changed", "{actor} changed the time zone of {target} from {was} to {now}."
    WORK_RETRIED = "work.retried", "{actor} set {target}, {kind}, going again."
    # fmt: on

"""The addresses of reviews, a block a subject."""

from django.urls import path

from reviews.views import (
    bulk,
    campaigns,
    cockpit,
    corrections,
    deciding,
    delegating,
    evidence,
    exceptions,
    findings,
    handing_on,
    looks,
    parts,
    questions,
    rechecks,
    removals,
    sheets,
    signing,
    suggestions,
    timeline,
)

app_name = "reviews"
CAMPAIGN = "campaigns/<int:campaign_id>/"
ITEM = "reviews/<int:review_id>/items/<int:item_id>/"
urlpatterns = [
    # The review sheet
    path("reviews/", sheets.sheets, name="sheets"),
    path("reviews/<int:review_id>/", sheets.sheet, name="sheet"),
    path("reviews/<int:review_id>/bulk/", bulk.bulk, name="bulk"),
    path("reviews/<int:review_id>/grouping/", sheets.group, name="group"),
    path(ITEM, deciding.item, name="item"),
    path(ITEM + "ask/", deciding.ask, name="ask"),
    path(ITEM + "decide/", deciding.decide_item, name="decide"),
    path(ITEM + "undo/", deciding.undo_item, name="undo"),
    path(ITEM + "right/", deciding.correct, name="correct"),
    path(ITEM + "exception/", deciding.except_item, name="except"),
    path(ITEM + "hand-on/", deciding.reassign, name="reassign"),
    path(ITEM + "account/", bulk.account, name="revoke_account"),
    path("reviews/<int:review_id>/sign-off/", signing.sign, name="sign_off"),
    path("reviews/<int:review_id>/receipt/", signing.receipt, name="receipt"),
    # Kept until a day, and asked again on it
    path("reviews/again/", rechecks.rechecks, name="rechecks"),
    path("reviews/again/<int:recheck_id>/", rechecks.recheck, name="recheck"),
    path("reviews/again/<int:recheck_id>/exception/", rechecks.except_again, name="except_again"),
    # Exceptions
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("exceptions/<int:exception_id>/", exceptions.exception, name="exception"),
    path("exceptions/<int:exception_id>/answer/", exceptions.answer_it, name="answer_exception"),
    path("exceptions/<int:exception_id>/withdraw/", exceptions.withdraw, name="withdraw_exception"),
    # Somebody else decides: for a while, or from now on
    path("reviews/<int:review_id>/delegate/", delegating.delegate_sheet, name="delegate"),
    path("reviews/<int:review_id>/hand-on/", handing_on.hand_on, name="hand_on"),
    path("reviews/delegations/", delegating.away, name="away"),
    path("reviews/delegations/<int:delegation_id>/end/", delegating.end, name="end_delegation"),
    # Corrections of what was signed, and second looks
    path(ITEM + "mistake/", corrections.ask, name="ask_correction"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("corrections/<int:correction_id>/", corrections.correction, name="correction"),
    path(
        "corrections/<int:correction_id>/approve/", corrections.approve, name="approve_correction"
    ),
    path("corrections/<int:correction_id>/refuse/", corrections.refuse, name="refuse_correction"),
    path("second-looks/", looks.looks, name="looks"),
    path("second-looks/<int:look_id>/", looks.look, name="look"),
    path(CAMPAIGN + "reviewers/<int:review_id>/look-again/", looks.call, name="call_for_looks"),
    # Questions to owners of systems
    path("questions/", questions.questions, name="questions"),
    path("questions/<int:question_id>/", questions.answer, name="answer"),
    # Campaigns
    path("cockpit/", cockpit.show, name="cockpit"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.plan, name="plan"),
    path(CAMPAIGN, campaigns.campaign, name="campaign"),
    path(CAMPAIGN + "preview/", campaigns.preview, name="preview"),
    path(CAMPAIGN + "change/", campaigns.change, name="change_plan"),
    path(CAMPAIGN + "discard/", campaigns.discard, name="discard"),
    path(CAMPAIGN + "launch/", campaigns.launch, name="launch"),
    path(CAMPAIGN + "leave/", campaigns.ask_leave, name="ask_leave"),
    path(CAMPAIGN + "leave/given/", campaigns.give_leave, name="give_leave"),
    path(CAMPAIGN + "extend/", campaigns.extend, name="extend"),
    path(CAMPAIGN + "remind/", campaigns.remind, name="remind"),
    path(CAMPAIGN + "close/", campaigns.close, name="close"),
    path(CAMPAIGN + "items/", parts.items, name="campaign_items"),
    path(CAMPAIGN + "reviewers/", parts.reviewers, name="campaign_reviewers"),
    path(CAMPAIGN + "exclusions/", parts.exclusions, name="campaign_exclusions"),
    path(CAMPAIGN + "reviewers/<int:review_id>/hand-over/", parts.hand_over, name="hand_over"),
    # Evidence
    path("evidence/", evidence.evidence, name="evidence"),
    path("evidence/verify_evidence.py", evidence.download_verifier, name="verifier"),
    path("evidence/packages/<int:package_id>/", evidence.download, name="package"),
    path(CAMPAIGN + "evidence/", evidence.build, name="build_evidence"),
    # Removals
    path("removals/", removals.removals, name="removals"),
    path("removals/done/", removals.done_together, name="removals_done"),
    path("removals/<int:revocation_id>/", removals.removal, name="removal"),
    path("removals/<int:revocation_id>/done/", removals.done, name="removal_done"),
    path("removals/<int:revocation_id>/hand-on/", removals.hand_on, name="removal_hand_on"),
    path("findings/<int:finding_id>/remove/", findings.order_removal, name="order_removal"),
    # All that is known of one item
    path("items/<int:item_id>/", timeline.timeline, name="timeline"),
    # Suggestions for fields that name somebody
    path("reviews/people/", suggestions.people, name="suggest_people"),
    path("reviews/owners/", suggestions.owners, name="suggest_owners"),
]

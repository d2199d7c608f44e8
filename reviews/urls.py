"""The addresses of reviews, a block a subject."""

from django.urls import path

from reviews.views import (
    bulk,
    campaigns,
    cockpit,
    deciding,
    evidence,
    findings,
    parts,
    questions,
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
    path(ITEM + "hand-on/", deciding.reassign, name="reassign"),
    path(ITEM + "account/", bulk.account, name="revoke_account"),
    path("reviews/<int:review_id>/sign-off/", signing.sign, name="sign_off"),
    path("reviews/<int:review_id>/receipt/", signing.receipt, name="receipt"),
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

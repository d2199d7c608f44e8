"""Signing off: the statement, the lock on the sheet, and the receipt."""

import json

from django.db import transaction

import clock
from audit import sealing, trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews.actions import notices
from reviews.actions.authority import acting_user
from reviews.actions.looking import ask_for_looks
from reviews.actions.revoking import sign_off_orders
from reviews.enums import CampaignState, DecisionState, ReviewState
from reviews.models import Decision, Review
from reviews.queries import count_undecided
from reviews.queries.signing import count_by_choice

STATEMENT = (
    "I reviewed this access as it stood at launch. What I keep is needed for present duties. "
    "None of it is my own."
)


def sign_off(review: Review, *, actor: Actor, method: str) -> Review:
    """Sign one's own sheet, which locks it; ``method`` is how the person authenticated again.

    Every item must be decided at the reviewer's stage, "don't know" not counting and no
    contested choice unresolved. The receipt's digest follows when the trail has been sealed.
    """
    with transaction.atomic():
        user = acting_user(actor)
        review = (
            Review.objects.select_for_update(of=("self",), no_key=True)
            .select_related("campaign")
            .get(pk=review.pk)
        )
        if user.person_id is None or review.reviewer_id != user.person_id:
            raise NotAllowed("Only its reviewer signs a sheet off.")
        if review.state != ReviewState.OPEN or review.campaign.state != CampaignState.OPEN:
            raise Conflict("This sheet has been signed off, or its campaign is closed.")
        missing = count_undecided(review)
        if missing:
            raise WrongInput(
                f"{missing} item{'s are' if missing > 1 else ' is'} still open or contested: "
                "decide on them, then sign off."
            )
        now = clock.now()
        signed = Decision.objects.filter(review=review, state=DecisionState.STANDING)
        review.state, review.signed_at, review.signed_by = ReviewState.SIGNED, now, user
        review.statement, review.sign_in_method = STATEMENT, method
        review.decisions_count = signed.update(signed_at=now)
        review.save()
        sign_off_orders(review.pk, actor=actor)
        event = trail.record(
            Verb.REVIEW_SIGNED,
            actor=actor,
            target=f"review:{review.pk}",
            data={
                "decisions": review.decisions_count,
                "totals": dict(count_by_choice(review)),
                "method": method,
                "late": now > review.campaign.due_at,
            },
            private={"statement": STATEMENT},
            stream=review.campaign.stream,
        )
        ask_for_looks(review, seed=json.loads(event.body)["nonce"], actor=actor)
    return review


def give_receipt(review: Review, *, actor: Actor) -> Review:
    """Sign a checkpoint of the campaign's stream and send it as the receipt; once a sheet.

    Call it after the sign-off has committed. A sheet whose receipt a crash prevented gets it
    from the clock.
    """
    checkpoint = sealing.publish_checkpoint(review.campaign.stream)
    with transaction.atomic():
        given = Review.objects.filter(
            pk=review.pk, state=ReviewState.SIGNED, receipt_digest=""
        ).update(receipt_digest=bytes(checkpoint.root).hex(), receipt_size=checkpoint.size)
        review.refresh_from_db()
        if given:
            notices.send_receipt(review, note=checkpoint.note, actor=actor)
    return review


def give_missing_receipts(*, actor: Actor) -> int:
    """Receipts that a crash between sign-off and seal has prevented."""
    missing = Review.objects.filter(state=ReviewState.SIGNED, receipt_digest="").select_related(
        "campaign"
    )
    for review in missing:
        give_receipt(review, actor=actor)
    return len(missing)

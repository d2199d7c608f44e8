"""The addresses of reviews, a block a subject."""

from django.urls import path

from reviews.views import deciding, questions, sheets, signing, suggestions

app_name = "reviews"
ITEM = "reviews/<int:review_id>/items/<int:item_id>/"
urlpatterns = [
    # The review sheet
    path("reviews/", sheets.sheets, name="sheets"),
    path("reviews/<int:review_id>/", sheets.sheet, name="sheet"),
    path("reviews/<int:review_id>/bulk/", deciding.bulk, name="bulk"),
    path(ITEM, deciding.item, name="item"),
    path(ITEM + "ask/", deciding.ask, name="ask"),
    path(ITEM + "decide/", deciding.decide_item, name="decide"),
    path(ITEM + "undo/", deciding.undo_item, name="undo"),
    path(ITEM + "right/", deciding.correct, name="correct"),
    path(ITEM + "hand-on/", deciding.reassign, name="reassign"),
    path("reviews/<int:review_id>/sign-off/", signing.sign, name="sign_off"),
    path("reviews/<int:review_id>/receipt/", signing.receipt, name="receipt"),
    # Questions to owners of systems
    path("questions/", questions.questions, name="questions"),
    path("questions/<int:question_id>/", questions.answer, name="answer"),
    # Suggestions for fields that name somebody
    path("reviews/people/", suggestions.people, name="suggest_people"),
    path("reviews/owners/", suggestions.owners, name="suggest_owners"),
]

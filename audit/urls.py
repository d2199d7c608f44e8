"""The addresses of the explorer."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("trail/", views.events, name="events"),
    path("trail/events/<int:event_id>/", views.event, name="event"),
    path("trail/checkpoints/", views.checkpoints, name="checkpoints"),
    path("trail/checkpoints/<int:checkpoint_id>/", views.checkpoint, name="checkpoint"),
]

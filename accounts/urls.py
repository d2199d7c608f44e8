"""The addresses of accounts, a block a subject."""

from django.urls import path

from accounts.views import mail, profile, work

app_name = "accounts"
urlpatterns = [
    # One's own login
    path("profile/", profile.profile, name="profile"),
    path("profile/sessions/end/", profile.end_sessions, name="end_sessions"),
    # Mail
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:message_id>/", mail.message, name="message"),
    # Background work
    path("work/", work.work, name="work"),
    path("work/<int:job_id>/retry/", work.retry, name="retry_job"),
]

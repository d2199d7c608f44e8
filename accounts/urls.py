"""The addresses of accounts, a block a subject."""

from django.urls import path

from accounts.views import mail, work

app_name = "accounts"
urlpatterns = [
    # Mail
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:message_id>/", mail.message, name="message"),
    # Background work
    path("work/", work.work, name="work"),
    path("work/<int:job_id>/retry/", work.retry, name="retry_job"),
]

"""The map of the whole site; each room keeps its own."""

from allauth.account import views as sign_in
from django.urls import URLPattern, URLResolver, include, path, re_path

from portx_access import views

# Of allauth's pages those that we use: nobody signs up, and addresses are the administrators'.
sign_in_pages = [
    path("sign-in/", sign_in.login, name="account_login"),
    path("sign-out/", sign_in.logout, name="account_logout"),
    path("sign-in/inactive/", sign_in.account_inactive, name="account_inactive"),
    path("sign-in/again/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("password/", sign_in.password_change, name="account_change_password"),
    path("password/set/", sign_in.password_set, name="account_set_password"),
    path("password/link/", sign_in.password_reset, name="account_reset_password"),
    path("password/link/sent/", sign_in.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/link/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/link/done/",
        sign_in.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    *sign_in_pages,
    # Reviews first: a removal is ordered below the address of a finding.
    path("", include("reviews.urls")),
    path("", include("accounts.urls")),
    path("", include("audit.urls")),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error

"""The map of the whole site; each room keeps its own."""

from django.urls import URLPattern, URLResolver, include, path

from portx_access import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("account/", include("allauth.account.urls")),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error

"""The map of addresses: the workbench, the API, whom to tell of a hole, and what operators probe."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config.api import api
from vanguard.web.disclosure import security_txt

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("vanguard.workbench.passwords")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path(".well-known/security.txt", security_txt, name="security-txt"),
    path("", include("vanguard.observability.urls")),
]

"""The platform's addresses, and one under /api that crashes."""

from django.urls import URLPattern, URLResolver, path

from config import urls
from tests.web.views import crash

urlpatterns: list[URLPattern | URLResolver] = [path("api/crash", crash), *urls.urlpatterns]

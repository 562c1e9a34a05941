"""Addresses whose pages for errors crash themselves."""

from typing import NoReturn

from django.http import HttpRequest
from django.urls import path

from tests.web.views import crash


def handler404(_request: HttpRequest, exception: Exception) -> NoReturn:
    raise RuntimeError("the error page is broken") from exception


def handler500(_request: HttpRequest) -> NoReturn:
    raise RuntimeError("the error page is broken")


urlpatterns = [path("api/crash", crash), path("crash", crash)]

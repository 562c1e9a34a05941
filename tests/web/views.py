"""Views as small as can be, for what surrounds every view."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from vanguard import context

PAGE = "<!doctype html><title>Page</title><script nonce='{{ csp_nonce }}'>1</script><p>{{ filling }}</p>"


@csrf_exempt
async def echo(request: HttpRequest) -> HttpResponse:
    """What a view sees of the request."""
    return JsonResponse(
        {
            "correlation_id": context.correlation_id.get(),
            "client_address": context.client_address.get(),
            "remote_addr": request.META["REMOTE_ADDR"],
            "forwarded_for": request.META.get("HTTP_X_FORWARDED_FOR"),
            "secure": request.is_secure(),
            "body": len(request.body),
        }
    )


@csrf_exempt
async def crash(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret is canary-7731")


async def missing(_request: HttpRequest) -> HttpResponse:
    raise Http404


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({"filling": "x" * 2000}, request))


async def text(_request: HttpRequest, size: int) -> HttpResponse:
    return HttpResponse("x" * size, content_type="application/json")


async def picture(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"\x89PNG" * 1000, content_type="image/png")


async def tagged(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("x" * 2000, content_type="application/json", headers={"ETag": '"7"'})


async def rows(_request: HttpRequest) -> HttpResponseBase:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(500):
            yield b"claim,%d\n" % number

    return StreamingHttpResponse(lines(), content_type="text/csv")


async def thing(_request: HttpRequest, thing_id: UUID) -> HttpResponse:
    return JsonResponse({"id": str(thing_id)})


async def act_as(_request: HttpRequest, user_id: str) -> HttpResponse:
    """As a token check does: the user is known from here on."""
    context.user_id.set(user_id)
    return HttpResponse("ok")


def act_in_thread(_request: HttpRequest) -> HttpResponse:
    context.user_id.set("set-in-a-thread")
    return HttpResponse(context.correlation_id.get())


def who(request: HttpRequest) -> HttpResponse:
    """As the workbench does: the session's user, when it is asked for."""
    return HttpResponse(str(request.user.pk))


async def forever(_request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(60)
    return HttpResponse("late")


urlpatterns = [
    # The pages for errors link to it.
    path("admin/", admin.site.urls),
    path("api/echo", echo),
    path("api/crash", crash),
    path("api/missing", missing),
    path("api/things/<uuid:thing_id>", thing),
    path("api/tagged", tagged),
    path("crash", crash),
    path("page", page),
    path("text/<int:size>", text),
    path("picture", picture),
    path("rows", rows),
    path("as/<str:user_id>", act_as),
    path("thread", act_in_thread),
    path("who", who),
    path("forever", forever),
    path("api/forever", csrf_exempt(forever)),
]

"""An ASGI application that has asked the database before gunicorn forks, as an application that is loaded early may."""

import os
from typing import Any

import django
from asgiref.sync import sync_to_async

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - there are no settings before


def ask(number: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int, pg_backend_pid(), pg_sleep(0.005)", [number])
        answer, backend, _ = cursor.fetchone()
    connection.close()
    return f"{answer} {backend} {os.getpid()}"


asked_early = ask(0).split()[1]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    answer = await sync_to_async(ask, thread_sensitive=False)(int(scope["path"][1:]))
    body = f"{answer} {asked_early}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})

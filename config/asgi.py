"""The ASGI application: Django and the WebSockets, within the limits that no server here holds for us."""

import asyncio
import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Imported after Django is set up. The addresses are not used here: loaded before the workers are forked, they are there once and
# for all, and no worker's first answer waits for them.
import config.urls  # noqa: E402, F401
from vanguard import rights  # noqa: E402  # after Django is set up, as said above
from vanguard.http import callers, pool, rates  # noqa: E402
from vanguard.observability import samples, tracing  # noqa: E402
from vanguard.realtime.sockets import Sockets  # noqa: E402
from vanguard.web.limits import Limited  # noqa: E402
from vanguard.web.slim import BothCycles  # noqa: E402

sockets = Sockets()
rights.tell_who_serves()


async def begin() -> None:
    """In each worker, after the fork: nothing that has threads or connections of its own exists before."""
    tracing.start(settings.OTLP_ENDPOINT, percent=settings.TRACES_PERCENT, version=settings.APP_VERSION, environment=settings.ENVIRONMENT)
    await samples.begin()
    await sockets.start()


async def give_back() -> None:
    """The event loop's own connections, and the last traces."""
    await samples.end()
    await sockets.close()
    await callers.close()
    await rates.close()
    await pool.close()
    await asyncio.to_thread(tracing.stop)


application = Limited(BothCycles(stock=django_application), sockets=sockets, at_start=begin, at_end=give_back)

"""The ASGI application: Django and the WebSockets, within the limits that no server here holds for us."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Imported after Django is set up. The addresses are not used here: loaded before the workers are forked, they are there once and
# for all, and no worker's first answer waits for them.
import config.urls  # noqa: E402, F401
from vanguard.http import callers, pool, rates  # noqa: E402
from vanguard.realtime.sockets import Sockets  # noqa: E402
from vanguard.web.limits import Limited  # noqa: E402
from vanguard.web.slim import BothCycles  # noqa: E402

sockets = Sockets()


async def give_back() -> None:
    """The event loop's own connections."""
    await sockets.close()
    await callers.close()
    await rates.close()
    await pool.close()


application = Limited(BothCycles(stock=django_application), sockets=sockets, at_start=sockets.start, at_end=give_back)

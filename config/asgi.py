"""The ASGI application: Django, within the limits that no server here holds for us."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

# Imported after Django is set up: its metrics and settings must exist.
from vanguard.web.limits import Limited  # noqa: E402

application = Limited(django_application)

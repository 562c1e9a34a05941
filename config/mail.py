"""Where mail goes: EMAIL_URL, as Django's MAILERS wants it."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

# A mail server that hangs must not hold up the letters behind this one for longer.
SECONDS = 10
SMTP_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
}


def mailers(url: str) -> dict[str, Any]:
    """The setting MAILERS for `url`. Raises ImproperlyConfigured, naming EMAIL_URL and never its value, where it cannot be read."""
    try:
        found = environ.Env.email_url_config(url)
    except (ImproperlyConfigured, ValueError):
        raise ImproperlyConfigured(f"EMAIL_URL must be one of {', '.join(environ.Env.EMAIL_SCHEMES)}, followed by ://…") from None
    backend = str(found["EMAIL_BACKEND"])
    options: dict[str, Any] = {}
    if backend.endswith("smtp.EmailBackend"):
        options = {ours: found[theirs] for theirs, ours in SMTP_OPTIONS.items() if found.get(theirs)} | {"timeout": SECONDS}
    elif backend.endswith("filebased.EmailBackend"):
        options = {"file_path": found["EMAIL_FILE_PATH"]}
    return {"default": {"BACKEND": backend, "OPTIONS": options}}

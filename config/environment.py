"""Reading the environment loudly: an unknown value stops the start and names the variable."""

import os
import re

from django.core.exceptions import ImproperlyConfigured

ENVIRONMENTS = ("development", "test", "preview", "staging", "production")
# Reachable from outside, so real secrets and TLS are required.
DEPLOYED = ("preview", "staging", "production")
DEVELOPMENT_SECRET = "development-only-"
MINIMUM_SECRET_LENGTH = 32
CONTACT = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^/\s]\S*|tel:\+?[0-9().-]+", re.ASCII)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A yes or a no; anything else is a mistake that must not pass for either."""
    value = text(name).lower()
    if not value:
        return default
    if value in ("true", "1", "yes", "on"):
        return True
    if value in ("false", "0", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def contacts(name: str) -> list[str]:
    """Where people can be reached, by commas, each as RFC 9116 writes it.

    Raises ImproperlyConfigured where one could not be followed: nobody would notice but who has something to tell.
    """
    found = words(name)
    for contact in found:
        if not CONTACT.fullmatch(contact):
            raise ImproperlyConfigured(f"{name} must be mailto:…, https://… or tel:…, not {contact!r}.")
    return found


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = text(name, default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def secret(name: str, environment: str) -> str:
    """A secret: any value in development and test, a real one wherever strangers can reach the platform.

    Raises ImproperlyConfigured naming the variable (never its value) when it is missing, short, or development's own.
    """
    value = text(name)
    if environment not in DEPLOYED:
        return value or f"{DEVELOPMENT_SECRET}{name.lower()}-{'0' * MINIMUM_SECRET_LENGTH}"
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {environment} does not start without it.")
    return _real(name, value, environment)


def optional_secret(name: str, environment: str) -> str:
    """As `secret`, and empty where there is none."""
    return secret(name, environment) if text(name) else ""


def secrets(name: str, environment: str) -> list[str]:
    """Any number of secrets, separated by commas; each as `secret` wants it."""
    values = words(name)
    return [_real(name, value, environment) for value in values] if environment in DEPLOYED else values


def _real(name: str, value: str, environment: str) -> str:
    if value.startswith(DEVELOPMENT_SECRET) or _is_well_known(value):
        raise ImproperlyConfigured(f"{name} is a default value. {environment} does not start with it.")
    if len(value) < MINIMUM_SECRET_LENGTH:
        raise ImproperlyConfigured(f"{name} is shorter than {MINIMUM_SECRET_LENGTH} characters.")
    return value


def _is_well_known(value: str) -> bool:
    """Left over from an example file, or one character held down."""
    folded = value.lower().replace("_", "-")
    return len(set(value)) < 8 or any(word in folded for word in ("change-me", "changeme", "your-secret", "django-insecure"))

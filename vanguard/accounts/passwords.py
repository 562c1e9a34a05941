"""Passwords: bcrypt, and a policy that holds in the API, the admin and createsuperuser alike."""

import string
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.http import HttpRequest

MINIMUM_LENGTH = 12
SPECIAL = "!@#$%^&*"
SIGNS = string.punctuation + string.whitespace
AROUND = string.digits + SIGNS
FOR_LETTERS = str.maketrans("@4310$5!7", "aaeiossit")
# Shorter ones are in good passwords too, by chance.
SHORTEST_CORE = 4


class BcryptHasher(BCryptSHA256PasswordHasher):
    """SHA-256 first, so that nothing beyond bcrypt's 72 bytes is ignored."""

    rounds = settings.BCRYPT_ROUNDS


class PasswordPolicy:
    """At least 12 characters, with an upper and a lower letter, a digit and one of !@#$%^&*."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        checks = {
            f"at least {MINIMUM_LENGTH} characters": len(password) >= MINIMUM_LENGTH,
            "an upper-case letter": any(each.isupper() for each in password),
            "a lower-case letter": any(each.islower() for each in password),
            "a digit": any(each.isdigit() for each in password),
            f"one of {SPECIAL}": any(each in SPECIAL for each in password),
        }
        if missing := [need for need, met in checks.items() if not met]:
            raise ValidationError(f"The password needs {', '.join(missing)}.", code="password_policy")

    def get_help_text(self) -> str:
        return f"At least {MINIMUM_LENGTH} characters, with an upper and a lower letter, a digit and one of {SPECIAL}."


class NotCommon(CommonPasswordValidator):
    """None of the 20,000 that breaches have most often (Django's list), nor one in the disguise that rules like ours bring about.

    "Password" is on the list, and "P@ssw0rd2026!" is what becomes of it: a capital, figures and signs around, and signs for letters.
    """

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        plain = password.lower()
        bare = plain.strip(AROUND)
        cores = {plain.strip(SIGNS), bare, bare.translate(FOR_LETTERS), plain.translate(FOR_LETTERS).strip(AROUND)}
        if any(len(core) >= SHORTEST_CORE and core in self.passwords for core in cores):
            raise ValidationError(
                "Without the figures and signs this is one of the passwords that are tried first.", code="password_too_common"
            )


def lockout_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """The account that a failed log-in counts against: its e-mail address in one spelling, or capitals would buy more tries."""
    name = (credentials or {}).get("username") or (credentials or {}).get("email") or (request.POST.get("username", "") if request else "")
    return str(name).strip().lower()[:255]

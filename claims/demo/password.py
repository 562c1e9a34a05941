"""The demo's password: given, or generated once and kept, so that it can be printed at each start."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from vanguard.accounts.models import User
from vanguard.accounts.passwords import SPECIAL
from vanguard.accounts.services import check_password_policy

_LENGTH = 16
# Read off a screen and typed: nothing that looks like something else.
_ALPHABETS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", SPECIAL)


def demo_password() -> str:
    """DEMO_PASSWORD, or else the one generated at the first start. Raises Invalid when it is against the password policy."""
    password = str(settings.DEMO_PASSWORD) or _kept_or_new(Path(settings.DEMO_PASSWORD_FILE))
    check_password_policy(User(email="demo@vanguard.example"), password)
    return password


def generated() -> str:
    """A random password with a character of each kind that the policy asks for."""
    characters = [secrets.choice(alphabet) for alphabet in _ALPHABETS]
    characters += [secrets.choice("".join(_ALPHABETS[:3])) for _ in range(_LENGTH - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _kept_or_new(path: Path) -> str:
    if path.exists() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    password = generated()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as handle:
        handle.write(password + "\n")
    path.chmod(0o600)  # an older, empty file may have had another mode
    return password

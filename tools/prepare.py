"""Before `make run` serves: the database as the migrations say, the demo in it. One process: starting Django is half of the time."""

import os
import sys

import django
from django.core.management import CommandError, call_command


def main() -> int:
    """0, or 1 with one line that says what is to be put right: a password that is too simple, a database of a newer release."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    try:
        call_command("migrate", verbosity=0)
        call_command("seed_demo", address=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    except CommandError as refused:
        print(f"make run: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

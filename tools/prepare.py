"""Before `make run` serves: the database as the migrations say, the demo in it. One process: starting Django is half of the time."""

import os
import sys

import django
from django.core.management import call_command


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo", address=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

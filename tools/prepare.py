"""Before `make run` serves: the database as the migrations say, the demo in it. One process, because starting Django is half of the time."""

import os
import sys

import django
from django.core.management import call_command


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo")
    return 0


if __name__ == "__main__":
    sys.exit(main())

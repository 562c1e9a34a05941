#!/usr/bin/env python
"""Django's command line: `manage.py migrate`, `manage.py import_claims FILE`, `manage.py help`."""

import os
import sys

from config import garbage


def main() -> None:
    garbage.expect_little()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_POOL_SIZE", "0")  # one thread, one connection
    from django.core.management import execute_from_command_line

    from vanguard.observability import workers as figures

    figures.prepare()
    try:
        execute_from_command_line(sys.argv)
    finally:
        garbage.keep_what_is_loaded()


if __name__ == "__main__":
    main()

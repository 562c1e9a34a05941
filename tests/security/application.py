"""The role as which the platform serves, for one test: made by `rights.give`, and gone with the test's transaction."""

import os

from django.db import connection

ROLE = f"vanguard_app_{os.getpid()}"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def as_application() -> None:
    """The rest of the test's transaction."""
    run(f"SET LOCAL ROLE {ROLE}")

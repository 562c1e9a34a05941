from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from vanguard import rights


class Command(BaseCommand):
    help = (
        "Makes the role of PostgreSQL as which the platform serves, and gives it what it needs and no more. To be run as the owner of the"
        " tables, who migrates; `migrate` does the same by itself where APPLICATION_DATABASE_URL is set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", nargs="?", default="", help="its name; otherwise the user in APPLICATION_DATABASE_URL")
        parser.add_argument("--print", action="store_true", dest="only_print", help="the statements that are still to be run, and run none")
        parser.add_argument("--set-password", action="store_true", help="also where the role is there: that of APPLICATION_DATABASE_URL")
        parser.add_argument("--if-any", action="store_true", help="nothing to do where no role is named, or on SQLite")

    def handle(self, *_args: Any, role: str, only_print: bool, set_password: bool, if_any: bool, **_options: Any) -> None:
        try:
            configured, password = rights.application()
            role = role or configured
            if connection.vendor != "postgresql" or not role:
                if if_any:
                    return
                raise CommandError("This is for PostgreSQL, and needs the name of a role, or APPLICATION_DATABASE_URL.")
            password = password if role == configured else ""
            if set_password and not password:
                raise CommandError("There is no password: APPLICATION_DATABASE_URL must name this role, and its password.")
            do = rights.wanting if only_print else rights.give
            statements = do(role, password, anew=set_password)
        except ImproperlyConfigured as refused:
            raise CommandError(str(refused)) from refused
        if only_print:
            self.stdout.write("".join(f"{statement};\n" for statement in statements), ending="")
        else:
            self.stdout.write(f"{role} has its rights: {len(statements)} of them were not as they should be.")

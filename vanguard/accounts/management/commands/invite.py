from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vanguard.accounts.invitations import ADMINISTRATOR, invite
from vanguard.accounts.roles import role_table
from vanguard.errors import DomainError


class Command(BaseCommand):
    help = "Makes a log-in and mails a link that sets its first password: once, and within three days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=[*role_table(), ADMINISTRATOR])
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        names = {"first_name": options["first_name"], "last_name": options["last_name"]}
        try:
            invitation = invite(None, email=options["email"], role=options["role"], **names)
        except DomainError as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(f"Invited. The link works until {invitation.expires_at:%Y-%m-%d %H:%M} UTC.")

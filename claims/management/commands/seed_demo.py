"""manage.py seed_demo: log-ins, a real book of closed claims and open work, where a demo is allowed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from claims.bordereau.importing import import_claims
from claims.bordereau.progress import progress_on
from claims.demo.claimants import name_claimants
from claims.demo.diary import fill_diaries
from claims.demo.log_ins import ensure_log_ins
from claims.demo.open_claims import make_open_claims, open_claims_are_there
from claims.demo.password import demo_password
from claims.demo.payments import ask_for_payments
from claims.demo.people import LOG_INS
from claims.demo.policy_work import make_policy_work
from claims.demo.quotes import quotes_are_there
from claims.demo.triage import triage_open_claims
from claims.models import Claim
from vanguard.errors import Invalid

BOOK = settings.BASE_DIR / "data" / "prism.csv.gz"


class Command(BaseCommand):
    help = (
        "Makes the demo's log-ins, its book of claims and open work where they are missing, and prints the log-ins. "
        "In development and preview only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        here = "http://127.0.0.1:8000"
        parser.add_argument("--book", type=Path, default=BOOK, help="the bordereau to import where there are no claims (%(default)s)")
        parser.add_argument("--address", default=here, help="where the platform is served, for the printed table (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ALLOWED:
            raise CommandError(f"The demo's log-ins exist in development and preview only, not in {settings.ENVIRONMENT}.")
        try:
            password = demo_password()
        except Invalid as refused:
            raise CommandError(f"DEMO_PASSWORD: {refused.message}") from None
        ensure_log_ins(password)
        self._fill(options["book"])
        self._print_log_ins(password, options["address"])

    def _fill(self, book: Path) -> None:
        if not Claim.objects.exists():
            self.stdout.write("Importing the demo's book of claims (once, half a minute).")
            imported = import_claims(None, book, progress_on(self.stdout))
            self.stdout.write(str(imported))
        if not open_claims_are_there():
            made = make_open_claims()
            self.stdout.write(f"{made} open claims made, {triage_open_claims()} of them in queues, {fill_diaries()} diary entries.")
            self.stdout.write(f"{ask_for_payments()} payments to bank accounts asked for, {name_claimants()} claimants named.")
        if not quotes_are_there():
            quotes, accounts = make_policy_work()
            self.stdout.write(f"{quotes} quotes and {accounts} billing accounts made.")

    def _print_log_ins(self, password: str, address: str) -> None:
        width = max(len(person.email) for person in LOG_INS)
        self.stdout.write(f"\nLog-ins at {address}/admin/ (customer@ through {address}/api/ only)\n")
        for person in LOG_INS:
            self.stdout.write(f"  {person.email:<{width}}  {person.title:<13}  {person.first_name} {person.last_name}")
        self.stdout.write(f"  Password of each: {self.style.SUCCESS(password)}\n")

"""manage.py chase_unpaid: notices for what is past due, and lapses where their grace has run out. Run it daily, or as often as liked."""

from typing import Any

from django.utils import timezone

from policies.billing.services import run_delinquency
from vanguard.jobs.command import PeriodicCommand


class Command(PeriodicCommand):
    help = "Gives notice of unpaid instalments, and ends cover whose grace has run out. Safe to run twice, and by two workers at once."

    def handle(self, *args: Any, **options: Any) -> None:
        done = run_delinquency(timezone.now())
        self.stdout.write(self.style.SUCCESS(str(done)))
        for policy_id, code in done.held.items():
            self.stderr.write(f"Held for a person: policy {policy_id} ({code}).")

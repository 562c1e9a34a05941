"""A check that comes later holds for what is written from then on; what was legal before stays, and stops no migration."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from policies.quotes.models import QuoteTransition
from tests.factories import underwriter
from tests.oversight.planting import rules_off
from tests.quotes.making import requested

CHECK = "quote_approved_by_a_person"


def is_validated() -> bool:
    """What PostgreSQL knows of it; SQLite knows no difference."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = %s", [CHECK])
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_an_approval_by_nobody_from_before_stays_and_the_next_one_is_refused() -> None:
    step: dict[str, Any] = {"quote": requested(), "command": "approve", "from_status": "referred", "to_status": "approved"}
    try:
        call_command("migrate", "quotes", "0001", verbosity=0)
        QuoteTransition.objects.create(**step)
        call_command("migrate", verbosity=0)
        assert QuoteTransition.objects.filter(command="approve", actor=None).count() == 1
        assert is_validated() == (connection.vendor == "sqlite")
        with pytest.raises(IntegrityError):
            QuoteTransition.objects.create(**step)
        QuoteTransition.objects.create(**step, actor=underwriter())
    finally:
        with rules_off("quotes_quotetransition"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM quotes_quotetransition")
        call_command("migrate", "quotes", "0001", verbosity=0)
        call_command("migrate", verbosity=0)
    assert is_validated()

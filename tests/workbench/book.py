"""A small book for the browser: two people, and claims in the states that a day brings."""

import datetime
from decimal import Decimal

from django.utils import timezone

from claims.diary.services import add_entry
from claims.fraud.services import note_investigation, refer_claim
from claims.oversight.services import ask_for_pack, verify_books
from claims.services import add_note, appeal_claim, approve_claim, assign_claim, deny_claim, take_notice
from policies.models import Policy
from policies.quotes.services import price_quote
from tests.factories import (
    CustomerFactory,
    PolicyFactory,
    adjuster,
    staff,
    started_claim,
    submitted_claim,
    superuser,
    supervisor,
    underwriter,
)
from tests.quotes.making import OLD_ROOF, requested

ADJUSTER, SUPERVISOR, UNDERWRITER = "maya@vanguard.example", "daniel@vanguard.example", "priya@vanguard.example"
COMPLIANCE, APPEALED = "ruth@vanguard.example", "CLM-2026-000009"
FINANCE, ADMINISTRATOR = "finn@vanguard.example", "admin@vanguard.example"


def fill() -> None:
    """Rosa Delgado's claim is the next to take; Harold Finch's waits for a second person; Amos Whitfield's is to be denied.

    A quote for Harold Finch is referred. Tom Marsh's denial is appealed and his claim is with special investigation; a call is no claim
    yet; the books were verified, and a pack was asked for.
    """
    maya = adjuster(email=ADJUSTER, first_name="Maya", last_name="Okafor", time_zone="America/Los_Angeles")
    daniel = supervisor(email=SUPERVISOR, first_name="Daniel", last_name="Reyes", time_zone="America/Los_Angeles")
    underwriter(email=UNDERWRITER, first_name="Priya", last_name="Nair")
    ago = timezone.now() - datetime.timedelta(days=12)
    submitted_claim(
        _policy("Rosa", "Delgado"), claim_number="CLM-2026-000001", reported_date=ago, incident_date=ago - datetime.timedelta(days=2)
    )
    large = started_claim(maya, _policy("Harold", "Finch", "90000.00"), claim_number="CLM-2026-000002", claim_amount=Decimal("60000.00"))
    add_note(maya, large.pk, text="Insured accepts the estimate.")
    approve_claim(maya, large.pk)
    started_claim(daniel, _policy("Amos", "Whitfield"), claim_number="CLM-2026-000003")
    price_quote(None, requested(large.policy.customer).pk, inputs=OLD_ROOF)
    staff("Finance", email=FINANCE, first_name="Finn", last_name="Lindqvist")
    superuser(email=ADMINISTRATOR, first_name="Priya", last_name="Raman")
    staff("Compliance", email=COMPLIANCE, first_name="Ruth", last_name="Adler")
    appealed = started_claim(maya, _policy("Tom", "Marsh"), claim_number=APPEALED)
    deny_claim(maya, appealed.pk, reason="The roof was worn out.")
    appeal_claim(daniel, appealed.pk, reason="The storm took the ridge.")
    refer_claim(daniel, appealed.pk, reason="Two estimates by one hand")
    note_investigation(daniel, appealed.pk, text="Called the roofer: he knows of one.")
    add_entry(daniel, appealed.pk, due_on=timezone.now().date(), what="Call the roofer again")
    take_notice(maya, caller_name="Lena Ortiz", policy_told="her mother's house", claim_type="hail")
    verify_books()
    ask_for_pack(None, reason="Market conduct examination", numbers=APPEALED)
    late = timezone.now() - datetime.timedelta(days=30)
    for number in range(4, 9):
        claim = submitted_claim(claim_number=f"CLM-2026-{number:06d}", reported_date=late, incident_date=late - datetime.timedelta(days=1))
        assign_claim(maya, claim.pk)


def _policy(first: str, last: str, limit: str = "25000.00") -> Policy:
    person = CustomerFactory.create(first_name=first, last_name=last, email=f"{first}.{last}@example.com".lower())
    return PolicyFactory.create(customer=person, coverage_amount=Decimal(limit))

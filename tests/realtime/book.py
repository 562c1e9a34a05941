"""A small book for sockets: two adjusters, and two policyholders with a claim each."""

from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, submitted_claim, superuser

ADMIN, MAYA, DANIEL, ROSA, HAROLD = (f"{name}@vanguard.example" for name in ("admin", "maya", "daniel", "rosa", "harold"))
OF_ROSA, OF_HAROLD, TO_TAKE = "CLM-2026-000001", "CLM-2026-000002", "CLM-2026-000003"


def fill() -> None:
    superuser(email=ADMIN)
    adjuster(email=MAYA, first_name="Maya", last_name="Okafor")
    adjuster(email=DANIEL, first_name="Daniel", last_name="Reyes")
    for email, number in ((ROSA, OF_ROSA), (HAROLD, OF_HAROLD)):
        customer = CustomerFactory.create(email=email)
        policyholder(customer, email=email)
        submitted_claim(PolicyFactory.create(customer=customer), claim_number=number)
    submitted_claim(claim_number=TO_TAKE)

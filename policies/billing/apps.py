from django.apps import AppConfig

# What a policyholder may read, and whose a row is.
OWNED = {
    "BillingAccount": "policy",
    "Invoice": "account",
    "InvoiceLine": "invoice",
    "Payment": "account",
    "LedgerEntry": "account",
    "Notice": "account",
}


class BillingConfig(AppConfig):
    """Premium collection: plans, invoices, payments, refunds, non-payment."""

    name = "policies.billing"
    label = "billing"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies.billing import handlers  # noqa: F401  # subscribes on import
        from vanguard import confinement
        from vanguard.jobs import DAILY, expect

        expect("chase_unpaid", DAILY, "Notice of what is unpaid is given; cover ends where the grace has run out.")

        for name, by in OWNED.items():
            confinement.owned(self.get_model(name), by=by)
        auditlog.register(self.get_model("BillingAccount"), include_fields=["plan"])
        for name in ("GracePeriod", "Notice"):
            auditlog.register(self.get_model(name), exclude_fields=["updated_at", "version"])

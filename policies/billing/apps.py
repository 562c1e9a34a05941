from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Premium collection: plans, invoices, payments, refunds, non-payment."""

    name = "policies.billing"
    label = "billing"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies.billing import handlers  # noqa: F401  # subscribes on import

        auditlog.register(self.get_model("BillingAccount"), include_fields=["plan"])
        for name in ("GracePeriod", "Notice"):
            auditlog.register(self.get_model(name), exclude_fields=["updated_at", "version"])

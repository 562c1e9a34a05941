from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """What is offered to whom at which premium, until it is bound as a policy."""

    name = "policies.quotes"
    label = "quotes"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies.quotes import handlers, partners, seeding  # noqa: F401  # they subscribe on import
        from vanguard import confinement

        confinement.owned(self.get_model("Quote"), by="customer")
        confinement.owned(self.get_model("Pricing"), by="quote")
        for name in ("Quote", "UnderwritingRule"):
            auditlog.register(self.get_model(name), exclude_fields=["updated_at", "version"])

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Signed webhooks to the addresses of partners."""

    name = "vanguard.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from vanguard.jobs import stay
        from vanguard.retention import add_job
        from vanguard.webhooks.services import clear_deliveries

        add_job("deliveries of webhooks", clear_deliveries)
        stay("deliver_webhooks", "--every", "5")  # partners' programs are told what happened
        auditlog.register(
            self.get_model("Endpoint"),
            mask_fields=["url", "secret", "earlier_secret"],
            exclude_fields=["updated_at", "version", "told_after"],
        )

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Signed webhooks to the addresses of partners."""

    name = "vanguard.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from vanguard.jobs import keep_up
        from vanguard.retention import add_job
        from vanguard.webhooks.services import clear_deliveries

        keep_up("deliver_webhooks", "--every", "5")
        add_job("deliveries of webhooks", clear_deliveries)
        auditlog.register(
            self.get_model("Endpoint"),
            mask_fields=["url", "secret", "earlier_secret"],
            exclude_fields=["updated_at", "version", "told_after"],
        )

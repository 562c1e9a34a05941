from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Contracts of insurance and their cover."""

    name = "policies"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies import handlers, partners  # noqa: F401  # they subscribe on import

        auditlog.register(self.get_model("Policy"), exclude_fields=["updated_at", "version", "booked_versions", "next_change_at"])

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClaimsConfig(AppConfig):
    """Claims, from first notice to closing."""

    name = "claims"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims import guards  # noqa: F401  # subscribes on import
        from claims.authority import seed_limits

        auditlog.register(self.get_model("Claim"), exclude_fields=["updated_at", "version"])
        auditlog.register(self.get_model("AuthorityLimit"))
        post_migrate.connect(seed_limits, sender=self, dispatch_uid="seed_authority_limits")

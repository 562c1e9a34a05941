from django.apps import AppConfig


class FraudConfig(AppConfig):
    """Fraud indicators and special investigation."""

    name = "claims.fraud"
    label = "fraud"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.fraud import handlers, seeding  # noqa: F401  # they subscribe on import
        from vanguard.rotation import written_once

        written_once("fraud_investigationnote", "fraud_note_unchanged")
        written_once("fraud_referral", "fraud_referral_unchanged")

        auditlog.register(self.get_model("FraudRule"))
        # That something was referred or noted is audited; what was suspected, found and written is for investigators only.
        auditlog.register(self.get_model("Referral"), include_fields=["claim", "score", "referred_by", "closed_by", "closed_at"])
        auditlog.register(self.get_model("InvestigationNote"), include_fields=["referral", "author", "created_at"])

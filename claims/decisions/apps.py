from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Denials, appeals, requests for information, coverage checks."""

    name = "claims.decisions"
    label = "decisions"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        for name in ("DenialReason", "Denial", "Appeal", "InformationRequest"):
            auditlog.register(self.get_model(name))

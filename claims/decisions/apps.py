from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Denials, appeals, requests for information, coverage checks."""

    name = "claims.decisions"
    label = "decisions"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from vanguard import confinement

        for name in ("Denial", "InformationRequest"):
            confinement.owned(self.get_model(name), by="claim")
        confinement.shared(self.get_model("DenialReason"))
        for name in ("DenialReason", "Denial", "Appeal"):
            auditlog.register(self.get_model(name))
        # What is asked of whom, and answered, is about people: an entry says that it was, and outlives it.
        auditlog.register(self.get_model("InformationRequest"), mask_fields=["question", "asked_of", "note"])

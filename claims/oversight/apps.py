from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Looking into the book: does it add up, what was done on a claim, what would another rule change."""

    name = "claims.oversight"
    label = "oversight"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        auditlog.register(self.get_model("ExaminationPack"), exclude_fields=["updated_at", "version", "file"])

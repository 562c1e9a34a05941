from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """First notices, triage and queues."""

    name = "claims.intake"
    label = "intake"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.intake import seeding  # noqa: F401  # subscribes on import

        auditlog.register(self.get_model("Queue"), m2m_fields={"members"})
        auditlog.register(self.get_model("TriageRule"))
        auditlog.register(self.get_model("Triage"))
        # Who called, and how to reach them, is told by the draft itself only.
        personal = ["caller_name", "caller_phone"]
        auditlog.register(self.get_model("NoticeDraft"), mask_fields=personal, exclude_fields=["updated_at", "version"])

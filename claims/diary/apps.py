from django.apps import AppConfig


class DiaryConfig(AppConfig):
    """What is to be done next on each open claim."""

    name = "claims.diary"
    label = "diary"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.diary import seeding  # noqa: F401  # subscribes on import

        auditlog.register(self.get_model("DiaryRule"))
        auditlog.register(self.get_model("DiaryEntry"), exclude_fields=["updated_at", "version"])

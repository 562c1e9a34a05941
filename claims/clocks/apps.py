from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Deadlines that the law or the company sets: rules, holidays, and the clocks on each claim."""

    name = "claims.clocks"
    label = "clocks"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        auditlog.register(self.get_model("ClockRule"))
        auditlog.register(self.get_model("Holiday"))

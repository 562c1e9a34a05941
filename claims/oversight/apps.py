from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Looking into the book: does it add up, what was done on a claim, what would another rule change."""

    name = "claims.oversight"
    label = "oversight"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from claims.oversight.services import clear_packs
        from vanguard.jobs import DAILY, MINUTES, expect
        from vanguard.retention import add_job

        add_job("examination packs", clear_packs)
        expect("make_examination_packs", MINUTES, "Packs that were asked for and not made are made.")
        expect("verify_books", DAILY, "The books are verified.")
        auditlog.register(self.get_model("ExaminationPack"), exclude_fields=["updated_at", "version", "file"])

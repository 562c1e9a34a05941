from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class TrailConfig(AppConfig):
    """Every change of a row, written by the database and chained after the commit."""

    name = "vanguard.trail"
    label = "trail"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        from vanguard import recording
        from vanguard.jobs import DAILY, expect, stay
        from vanguard.recording import telling

        expect("audit_verify", DAILY, "The audit chain is verified.")
        stay("audit_seal", "--every", "10")  # what was recorded is chained and signed
        connection_created.connect(telling.listen, dispatch_uid="tell_who_acts")
        pre_migrate.connect(recording.make_way, sender=self, dispatch_uid="make_way_for_migrations")
        post_migrate.connect(recording.install, sender=self, dispatch_uid="record_every_table")

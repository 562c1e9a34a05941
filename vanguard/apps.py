from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate, pre_save
from django.utils.module_loading import autodiscover_modules

from vanguard.counting import recount_remade_tables


class VanguardConfig(AppConfig):
    """The platform: what any book of business needs, and no insurance."""

    name = "vanguard"
    label = "vanguard"

    def ready(self) -> None:
        from auditlog.models import LogEntry

        # Importing them is what makes them known.
        from vanguard import checks, confined_rights, confinement, lookups, own_writes, rights  # noqa: F401  # see the line above
        from vanguard.audit import sign_entry
        from vanguard.documents.keeping import clear_left_over
        from vanguard.jobs import DAILY, MINUTES, expect
        from vanguard.retention import add_job

        autodiscover_modules("books")  # each room's invariants, as it says them itself
        autodiscover_modules("figures")  # and its figures that are asked for (vanguard.observability.asked)
        add_job("files without a record", clear_left_over)
        expect("apply_retention", DAILY, "Erasures that are due are done; what is kept for a while only is cleared.")
        expect("deliver_mail", MINUTES, "Letters that wait are sent.")
        pre_save.connect(sign_entry, sender=LogEntry, dispatch_uid="sign_audit_entry")
        pre_migrate.connect(confinement.make_way, sender=self, dispatch_uid="confine_no_reads")
        post_migrate.connect(confinement.install, sender=self, dispatch_uid="confine_reads")
        post_migrate.connect(confined_rights.install, sender=self, dispatch_uid="confine_no_more")
        post_migrate.connect(own_writes.install, sender=self, dispatch_uid="confine_writes")
        post_migrate.connect(rights.install, sender=self, dispatch_uid="give_rights")
        post_migrate.connect(recount_remade_tables, sender=self, dispatch_uid="recount_remade_tables")

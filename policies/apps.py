from django.apps import AppConfig

# What a policyholder may read, and whose a row is.
OWNED = {"Policy": "customer", "PolicyVersion": "policy", "PolicySegment": "version", "PolicyTransition": "policy"}


class PoliciesConfig(AppConfig):
    """Contracts of insurance and their cover."""

    name = "policies"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from policies import handlers, partners  # noqa: F401  # they subscribe on import
        from vanguard import confinement
        from vanguard.jobs import DAILY, MINUTES, expect

        expect("expire_policies", MINUTES, "Policies past their end are expired; terms booked for a day that has come hold.")
        expect("offer_renewals", DAILY, "Policies that end soon are renewed.")

        for name, by in OWNED.items():
            confinement.owned(self.get_model(name), by=by)
        auditlog.register(self.get_model("Policy"), exclude_fields=["updated_at", "version", "booked_versions", "next_change_at"])

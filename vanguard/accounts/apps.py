from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Users, roles, tokens."""

    name = "vanguard.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from vanguard import confinement
        from vanguard.accounts import retention
        from vanguard.accounts.roles import sync_roles_after_last_app
        from vanguard.http.idempotency import purge_expired
        from vanguard.retention import add_job

        seen = [
            "email",
            "first_name",
            "last_name",
            "is_active",
            "is_staff",
            "is_superuser",
            "token_version",
            "time_zone",
            "second_factor_since",
        ]
        personal = ["email", "first_name", "last_name"]
        auditlog.register(self.get_model("User"), include_fields=seen, mask_fields=personal, m2m_fields={"groups", "user_permissions"})
        auditlog.register(self.get_model("Invitation"), exclude_fields=["digest"])
        user: Any = self.get_model("User")
        confinement.owned(user, by="id")
        confinement.owned(user.groups.through, by="user")
        confinement.shared(apps.get_model("auth", "Group"), "id", "name")
        post_migrate.connect(sync_roles_after_last_app, dispatch_uid="sync_roles")
        add_job("idempotency keys", purge_expired)
        add_job("sessions", retention.clear_sessions)
        add_job("tokens", retention.clear_tokens)
        add_job("counts of letters and failed log-ins", retention.clear_counts)

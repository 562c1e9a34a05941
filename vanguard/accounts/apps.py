from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Users, roles, tokens."""

    name = "vanguard.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from vanguard.accounts.roles import sync_roles_after_last_app

        post_migrate.connect(sync_roles_after_last_app, dispatch_uid="sync_roles")

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Letters by mail."""

    name = "vanguard.mail"
    label = "mail"
    verbose_name = "Mail"

    def ready(self) -> None:
        from vanguard.mail.services import clear_letters
        from vanguard.retention import add_job

        add_job("letters", clear_letters)

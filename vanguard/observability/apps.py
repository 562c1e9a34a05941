from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created


class ObservabilityConfig(AppConfig):
    """Logs, metrics, health, error tracking."""

    name = "vanguard.observability"
    label = "observability"

    def ready(self) -> None:
        from vanguard.observability import schema  # noqa: F401  # importing it is what makes its check known
        from vanguard.observability.asked import figures
        from vanguard.observability.errors import start_error_tracking
        from vanguard.observability.metrics import database_connections, further
        from vanguard.observability.workers import keep_at_exit

        keep_at_exit()
        further.append(figures)
        connection_created.connect(database_connections.remember, dispatch_uid="count_connections")
        start_error_tracking(settings.SENTRY_DSN, environment=settings.ENVIRONMENT, release=settings.APP_VERSION)

"""Before money leaves, and before personal data is revealed: a code of the second factor that was given a moment ago.

Asked of who has a second factor, which where it is required is all staff. Asked by the services, so that every way in is covered; the
doors only say when a code was given: the API's with the family of the token, the workbench's with the session (vanguard.context).
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from vanguard import context
from vanguard.accounts.models import TokenFamily, User
from vanguard.errors import StepUpRequired


def lasts() -> timedelta:
    """For how long a code that was given counts."""
    return timedelta(minutes=settings.STEP_UP_MINUTES)


def is_wanting(actor: User | None) -> bool:
    """Whether `actor` has a second factor, and gave no code of it lately. None is the platform itself, which has none."""
    if actor is None or actor.second_factor_since is None:
        return False
    given = context.factor_at.get() or _given_in_family(actor)
    return given is None or given <= timezone.now() - lasts()


def require_recent(actor: User | None) -> None:
    """Raises StepUpRequired where a code is wanting."""
    if is_wanting(actor):
        raise StepUpRequired("This needs a fresh code of your second factor.")


def _given_in_family(actor: User) -> datetime | None:
    family = context.family_id.get()
    if family is None:
        return None
    return TokenFamily.objects.filter(pk=family, user=actor, ended_at=None).values_list("factor_at", flat=True).first()

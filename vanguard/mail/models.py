"""The letters that wait, and for a month what became of the others."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id


class LetterQuerySet(models.QuerySet["Letter"]):
    def to_somebody(self) -> "LetterQuerySet":
        """Without those that were only written so that asking costs everybody the same."""
        return self.filter(user__isnull=False)

    def waiting(self) -> "LetterQuerySet":
        return self.filter(state=Letter.State.WAITING)

    def in_no_hand(self, now: datetime.datetime) -> "LetterQuerySet":
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lt=now))

    def due(self, now: datetime.datetime) -> "LetterQuerySet":
        return self.in_no_hand(now).filter(next_at__lte=now, expires_at__gt=now)

    def not_delivered(self) -> "LetterQuerySet":
        return self.filter(state__in=(Letter.State.REFUSED, Letter.State.TOO_OLD))


class Letter(models.Model):
    """A letter to somebody with a log-in; to nobody (`user` is null) where asking for one must not tell whether there is somebody.

    `address` and `body` are encrypted, since a link may let somebody in, and are gone as soon as the letter waits no more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        REFUSED = "refused", "Refused"
        TOO_OLD = "too_old", "Too old"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    address = EncryptedTextField(null=True)
    body = EncryptedTextField(null=True)
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    # After this nobody has any use for it: a link has run out, or will before it is read.
    expires_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    # Why the last try failed: the kind of error and SMTP's code, never the server's words, which may quote the address.
    trouble = models.CharField(max_length=100, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", address__isnull=False, body__isnull=False, settled_at__isnull=True)
                | ~Q(state="waiting") & Q(address__isnull=True, body__isnull=True, settled_at__isnull=False),
                name="letter_is_kept_while_it_waits",
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="letter_waiting"),
            models.Index(fields=["settled_at"], name="letter_settled"),
        ]

    def __str__(self) -> str:
        return self.subject

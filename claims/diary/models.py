"""Diary entries, the days that they were moved from, and the company's rules for the day of a next action."""

import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from claims.intake.models import Severity
from claims.models import Claim, Stage
from vanguard.accounts.models import User
from vanguard.accounts.zones import today_of
from vanguard.ids import new_id
from vanguard.models import DomainModel

WORDS = 200
MOST_DAYS = 90


class DiaryQuerySet(models.QuerySet["DiaryEntry"]):
    def visible_to(self, user: User) -> "DiaryQuerySet":
        """The house's own: all of them for who may view them, nothing for others."""
        return self if user.has_perm("diary.view_diaryentry") else self.none()

    def open(self) -> "DiaryQuerySet":
        """What is still to be done, the nearest day first."""
        return self.filter(done_at=None).order_by("due_on", "id")

    def of(self, user: User) -> "DiaryQuerySet":
        """What is still to be done by one person."""
        return self.open().filter(owner=user)

    def pressing(self, today: datetime.date) -> "DiaryQuerySet":
        """What is due today, or late."""
        return self.open().filter(due_on__lte=today)


class DiaryEntry(DomainModel):
    """One thing to do on a claim. `due_on` is a day where `owner` is; without an owner it waits for the claim's next one.

    `made_by` is None where the platform made it, by a rule. It is never edited: it is done, moved to another day with the reason,
    or not needed any more: the file is closed, or the work that it was for has gone on.
    """

    class Ending(models.TextChoices):
        DONE = "done"
        CLOSED = "closed", "Not needed any more"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="diary")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="diary", db_index=False
    )
    due_on = models.DateField("day")
    what = models.CharField("what to do", max_length=WORDS)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ending = models.CharField(max_length=10, choices=Ending, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.TextField(blank=True, max_length=2000)

    objects = DiaryQuerySet.as_manager()

    class Meta:
        verbose_name = "diary entry"
        verbose_name_plural = "diary entries"
        ordering = ("due_on", "id")
        constraints = [
            models.CheckConstraint(condition=~Q(what=""), name="diary_entry_says_what"),
            models.CheckConstraint(
                condition=Q(done_at=None, ending="", done_by=None, outcome="") | Q(done_at__isnull=False, ending__in=["done", "closed"]),
                name="diary_entry_ends_once",
            ),
        ]
        indexes = [
            # Mine, by day; everybody's, by day; and those of some claims that are due.
            models.Index(fields=["owner", "due_on", "id"], condition=Q(done_at=None), name="diary_open_by_owner"),
            models.Index(fields=["due_on", "id"], condition=Q(done_at=None), name="diary_open_by_day"),
            models.Index(fields=["done_by", "-done_at", "-id"], condition=Q(done_at__isnull=False), name="diary_done_by_person"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def is_open(self) -> bool:
        return self.done_at is None

    @property
    def is_late(self) -> bool:
        """Its day is over where its owner is."""
        return self.is_open and self.due_on < today_of(self.owner)


class DiaryMove(models.Model):
    """From which day to which, and why. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(DiaryEntry, on_delete=models.PROTECT, related_name="moves")
    from_day = models.DateField()
    to_day = models.DateField()
    reason = models.CharField(max_length=500)
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("moved_at", "id")
        constraints = [
            models.CheckConstraint(condition=~Q(from_day=F("to_day")), name="diary_move_to_another_day"),
            models.CheckConstraint(condition=~Q(reason=""), name="diary_move_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.from_day} to {self.to_day}"


class DiaryRule(models.Model):
    """What comes next on an open claim that has nothing in the diary, and in how many days: by stage and severity, the closest fit."""

    stage = models.CharField(max_length=20, choices=Stage, blank=True, help_text="Empty: every stage.")
    severity = models.CharField(max_length=10, choices=Severity, blank=True, help_text="Empty: every severity.")
    days = models.PositiveSmallIntegerField(
        validators=[MaxValueValidator(MOST_DAYS)], help_text="From the day of the step on; a weekend's day becomes the Monday after."
    )
    what = models.CharField("what to do", max_length=WORDS)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("stage", "severity")
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "severity"],
                name="diary_rule_once",
                violation_error_message="There is a rule for this stage and severity already.",
            ),
            models.CheckConstraint(condition=Q(days__lte=MOST_DAYS), name="diary_rule_within_90_days"),
        ]

    def __str__(self) -> str:
        return f"{self.what}, {self.days} days"

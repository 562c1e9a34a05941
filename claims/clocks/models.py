"""Clocks as data: the rules with their citations, the holidays, and a row for each clock that ran or runs on a claim."""

import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from claims.clocks.jurisdiction import STATES, words_of
from claims.models import Claim
from vanguard.ids import new_id


class Kind(models.TextChoices):
    """Which deadline a clock is: of one kind a claim has one running clock at the most. In the order of what is done first."""

    ACKNOWLEDGE = "acknowledge", "Acknowledge"
    INQUIRY = "inquiry", "Answer the department"
    REPLY = "reply", "Reply to the insured"
    APPEAL = "appeal", "Decide an appeal"
    DECIDE = "decide", "Decide"
    DECIDE_AGAIN = "decide_again", "Decide again"
    STATUS = "status", "Write where it stands"
    PAY = "pay", "Pay"
    CLOSE = "close", "Close the file"


class Event(models.TextChoices):
    """What starts and stops clocks; the label is how a sentence names it."""

    REPORT = "report", "the report"
    ACKNOWLEDGEMENT = "acknowledgement", "the acknowledgement"
    REQUEST = "request", "our request for information"
    INFORMATION = "information", "the information came"
    INQUIRY = "inquiry", "the department’s inquiry"
    ANSWER = "answer", "our answer to the department"
    REPLY = "reply", "our reply"
    STATUS_LETTER = "status_letter", "the last status letter"
    DECISION = "decision", "the decision"
    APPROVAL = "approval", "the approval"
    PAYMENT = "payment", "the payment in full"
    RETURN = "return", "the payment came back"
    APPEAL = "appeal", "the appeal"
    REOPENING = "reopening", "the reopening"
    CLOSING = "closing", "the closing"
    CORRECTION = "correction", "the jurisdiction was corrected"


class Days(models.TextChoices):
    """Which days count."""

    CALENDAR = "calendar", "calendar days"
    BUSINESS = "business", "business days"


JURISDICTIONS = [("", "Everywhere else: the company’s own"), *((code, name) for code, name in STATES.items())]


class ClockRule(models.Model):
    """So many days after one event until another, says the citation. A rule without a jurisdiction is the company's own.

    A jurisdiction's rule of a kind stands before the company's. It counts for clocks that start while it is valid, and never
    changes one that has started: another law is another row.
    """

    jurisdiction = models.CharField(max_length=10, blank=True, choices=JURISDICTIONS)
    kind = models.CharField(max_length=20, choices=Kind)
    action = models.CharField(max_length=60, help_text="What must be done, as the worklist says it.")
    starts = models.CharField("starts with", max_length=20, choices=Event)
    stops = models.CharField("is met by", max_length=20, choices=Event)
    days = models.PositiveSmallIntegerField()
    counts = models.CharField(max_length=10, choices=Days, default=Days.CALENDAR)
    then_every = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Once it is met, it starts again with so many days: until the decision."
    )
    waits_for = models.CharField(
        "ends without being met by", max_length=20, choices=Event, blank=True, help_text="Where the law has us wait, as for information."
    )
    extension_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="By how many days it can be put off, once.")
    citation = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="The first day on which it starts no clock any more.")

    class Meta:
        ordering = ("jurisdiction", "kind", "-valid_from")
        verbose_name = "deadline rule"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "starts", "valid_from"],
                name="clock_rule_once",
                violation_error_message="It changes on that day already.",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=366), name="clock_rule_within_a_year"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="clock_rule_valid_for_a_while"),
        ]

    def __str__(self) -> str:
        return f"{words_of(self.jurisdiction)}: {self.action.lower()}, {self.span(self.days)} after {self.get_starts_display()}"

    def clean(self) -> None:
        """Refuses what could never run or never end."""
        if self.starts == self.stops:
            raise ValidationError({"stops": "What starts it cannot meet it."})
        if self.starts in (Event.RETURN, Event.CORRECTION, Event.CLOSING):
            raise ValidationError({"starts": "Nothing is counted from this."})
        if not 1 <= (self.days or 0) <= 366:
            raise ValidationError({"days": "Days are 1 to 366."})
        if self.then_every is not None and not 1 <= self.then_every <= 366:
            raise ValidationError({"then_every": "Days are 1 to 366, or nothing."})
        if self.valid_to is not None and self.valid_from is not None and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": "It ends after it begins."})

    def span(self, days: int) -> str:
        """15 business days; 40 days."""
        kind = "business day" if self.counts == Days.BUSINESS else "day"
        return f"{days} {kind}{'' if days == 1 else 's'}"


class Holiday(models.Model):
    """A day on which no business is done: no business day. Without a jurisdiction it is one everywhere.

    A state that does not keep a day which is a holiday everywhere else says so by a row of its own: a business day all the same.
    """

    jurisdiction = models.CharField(max_length=10, blank=True, choices=[("", "Everywhere"), *JURISDICTIONS[1:]])
    date = models.DateField()
    name = models.CharField(max_length=80)
    is_business_day = models.BooleanField(
        "business day all the same", default=False, db_default=False, help_text="A holiday everywhere else, which this state does not keep."
    )
    citation = models.CharField(max_length=200, blank=True, db_default="", help_text="The law that makes it one, or that leaves it out.")

    class Meta:
        ordering = ("date", "jurisdiction")
        constraints = [
            models.UniqueConstraint(
                fields=["date", "jurisdiction"], name="holiday_once", violation_error_message="This day is a holiday there already."
            ),
            models.CheckConstraint(
                condition=Q(is_business_day=False) | ~Q(jurisdiction=""),
                name="holiday_kept_by_all_or_left_out_by_one",
                violation_error_message="Name the state in which it is a business day.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.date}"


class ClockQuerySet(models.QuerySet["Clock"]):
    def running(self) -> "ClockQuerySet":
        """Not met and not ended otherwise; the next one first, as `next_of` chooses."""
        return self.filter(ended_at=None)


class Clock(models.Model):
    """A rule that ran, or runs, on a claim. `due_at` is the end of its last day; where it was put off, `extended_from` was it before.

    It ends by being met, or without (`met` false): the rule had us wait, the claim was taken up again, the jurisdiction was corrected.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="clocks")
    rule = models.ForeignKey(ClockRule, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=20, choices=Kind)
    # A clock that starts again has other days and another event than its rule began with.
    days = models.PositiveSmallIntegerField()
    since = models.CharField(max_length=20, choices=Event)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, choices=Event, blank=True)
    met = models.BooleanField(default=False)
    extended_at = models.DateTimeField(null=True)
    extended_from = models.DateTimeField(null=True)
    extended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    extension_reason = models.TextField(max_length=2000, blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        ordering = ("started_at", "due_at", "id")
        permissions = [("extend_clock", "Can put off a deadline where its rule allows")]
        constraints = [
            models.UniqueConstraint(fields=["claim", "kind"], condition=Q(ended_at=None), name="clock_runs_once_a_kind"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="", met=False) | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="clock_ended_by_something",
            ),
            models.CheckConstraint(
                condition=Q(extended_at=None, extended_from=None) | Q(extended_at__isnull=False, extended_from__isnull=False),
                name="clock_extended_from_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "due_at"], name="clock_by_kind"),
            models.Index(fields=["claim", "ended_at"], condition=Q(ended_by=Event.CORRECTION.value), name="clock_counted_anew"),
        ]

    def __str__(self) -> str:
        return f"{self.rule.action}, due {self.due_at:%Y-%m-%d}"

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def is_breached(self) -> bool:
        """Its last day was over before it ended; while it runs, it is over now."""
        return self.due_at < (self.ended_at or timezone.now())

    @property
    def allows_extension(self) -> bool:
        """Whether its rule lets it be put off, and nobody has."""
        return self.is_running and self.rule.extension_days is not None and self.extended_at is None

    def known_at(self, moment: datetime.datetime) -> datetime.datetime | None:
        """Until when it ran, as was known at `moment`; None where it had not started, or ran no more."""
        if self.started_at > moment or (self.ended_at is not None and self.ended_at <= moment):
            return None
        return self.extended_from if self.extended_at is not None and self.extended_at > moment else self.due_at

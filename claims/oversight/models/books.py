"""A look at the books: when, how long, what held, and the records for which something did not."""

from django.db import models
from django.db.models import Q

from claims.oversight.models.work import Work
from vanguard.ids import new_id


class BooksRun(Work):
    """One verification of all invariants, or of those in `only`. Kept, so that a page never has to work one out."""

    only = models.JSONField(default=list, blank=True)
    every_file = models.BooleanField(default=False)
    checked = models.PositiveIntegerField(default=0, editable=False)
    red = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("-asked_at", "-id")
        permissions = [("run_books", "Can have the books verified now"), ("rehearse_rules", "Can rehearse a changed rule")]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="books_one_run_at_a_time"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="waiting"), name="books_one_run_waits"),
        ]
        indexes = [models.Index(fields=["asked_at", "id"], name="books_by_time")]

    def __str__(self) -> str:
        return f"Books of {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_green(self) -> bool:
        return self.state == self.State.DONE and self.red == 0


class BooksResult(models.Model):
    """What one invariant came to: how many offenders, in how many seconds; `trouble` where it could not be asked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(BooksRun, on_delete=models.CASCADE, related_name="results")
    name = models.CharField(max_length=40)
    offenders = models.PositiveBigIntegerField(default=0)
    seconds = models.DecimalField(max_digits=8, decimal_places=3)
    trouble = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("run", "name")
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="books_result_once_a_run")]

    def __str__(self) -> str:
        return f"{self.name}: {self.offenders}"

    @property
    def is_green(self) -> bool:
        return not self.offenders and not self.trouble


class BooksFinding(models.Model):
    """One offender. `record` and `key` say which record, by its label; `says` holds figures, never personal data."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    result = models.ForeignKey(BooksResult, on_delete=models.CASCADE, related_name="findings")
    record = models.CharField(max_length=60, blank=True)
    key = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=100)
    says = models.TextField()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return f"{self.name}: {self.says}"

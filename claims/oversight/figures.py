"""What `/metrics` tells of the books, and of work that was asked for."""

from django.utils import timezone

from claims.oversight.models import BooksRun, ExaminationPack
from vanguard.observability.asked import Figure, Values, add_figure

WAITS = ("waiting", "running")


def last_verified() -> Values:
    """When all invariants were last verified to the end. Nothing where they never were."""
    if (run := _last_whole()) is not None:
        yield (), run.finished_at.timestamp() if run.finished_at else 0.0


def broken() -> Values:
    if (run := _last_whole()) is not None:
        yield (), run.red


def oldest_waiting() -> Values:
    """In seconds; 0 where nothing waits."""
    for kind, rows in (("books", BooksRun.objects.all()), ("examination_packs", ExaminationPack.objects.all())):
        asked = rows.filter(state__in=WAITS).order_by("asked_at").values_list("asked_at", flat=True).first()
        yield (kind,), (timezone.now() - asked).total_seconds() if asked else 0.0


def _last_whole() -> BooksRun | None:
    return BooksRun.objects.filter(state=BooksRun.State.DONE, only=[]).order_by("-asked_at").first()


add_figure(Figure("insurance_books_verified_timestamp_seconds", "When the books were last verified.", last_verified))
add_figure(Figure("insurance_books_broken", "Invariants that did not hold when the books were last verified.", broken))
add_figure(Figure("vanguard_work_oldest_seconds", "For how long the oldest work that was asked for waits.", oldest_waiting, ("kind",)))

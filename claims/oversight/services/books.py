"""Verifying the books: asked for on the page, or nightly; kept, so that the page shows the last look at once."""

import datetime
import time
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from claims.oversight.models import BooksFinding, BooksResult, BooksRun
from claims.oversight.services.standing import standing_still
from claims.oversight.services.taking import finish, take, to_be_done
from vanguard import background
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.books import Found, Invariant, Looking, invariants
from vanguard.errors import Conflict, Invalid
from vanguard.observability.compliance import record_event

KEPT = datetime.timedelta(days=400)


def ask_for_books(actor: User | None) -> BooksRun:
    """Have all invariants verified in the background. Raises NotAllowed; Conflict ("under_way") where that is asked for already."""
    require(actor, "oversight.run_books")
    with unit_of_work(actor):
        under_way = BooksRun.objects.select_for_update().filter(state__in=("waiting", "running")).first()
        if under_way is not None and under_way.pk not in to_be_done(BooksRun.objects.all()):
            raise Conflict("The books are being verified already. Their state stands here when that is done.", code="under_way")
        # One that waits still, or was left behind, is the one that is done now.
        run = under_way or BooksRun.objects.create(asked_by=actor)
        background.after_commit(partial(run_books, run.pk))
    return run


def verify_books(only: Sequence[str] = (), *, every_file: bool = False) -> BooksRun:
    """Verify here and now, for the platform itself. Raises Invalid for an unknown name; Conflict ("under_way")."""
    unknown = sorted(set(only) - {each.name for each in invariants()})
    if unknown:
        raise Invalid(f"There is no invariant {', '.join(unknown)}.", code="unknown", field="only")
    run_waiting_books()
    run = BooksRun.objects.create(only=list(only), every_file=every_file)
    BooksRun.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()
    if run_books(run.pk) is None:
        run.delete()
        raise Conflict("The books are being verified already.", code="under_way")
    run.refresh_from_db()
    return run


def run_waiting_books() -> None:
    """Does what was asked for and never done."""
    for pk in to_be_done(BooksRun.objects.all()):
        run_books(pk)


def run_books(run_id: UUID) -> BooksRun | None:
    """Verify, unless another does so already: then None. One invariant that cannot be asked does not stop the others."""
    run: BooksRun | None = take(BooksRun.objects.all(), run_id)
    if run is not None:
        run.results.all().delete()
        finish(run, partial(_verify, run))
        record_event("books_verified", user_id=run.asked_by_id, checked=run.checked, red=run.red, state=run.state)
    return run


def _verify(run: BooksRun) -> None:
    looking = Looking(run.every_file)
    for invariant in invariants():
        if not run.only or invariant.name in run.only:
            green = _ask(run, invariant, looking)
            run.checked, run.red = run.checked + 1, run.red + (not green)
            run.save(update_fields=["checked", "red"])


def _ask(run: BooksRun, invariant: Invariant, looking: Looking) -> bool:
    """Ask one, and keep what it came to. Returns whether it holds."""
    started, found, trouble = time.monotonic(), Found(0), ""
    try:
        with standing_still():
            found = invariant.find(looking)
    except DatabaseError as error:
        trouble = f"It could not be asked ({type(error).__name__})."
    seconds = Decimal(f"{time.monotonic() - started:.3f}")
    result = BooksResult.objects.create(run=run, name=invariant.name, offenders=found.number, seconds=seconds, trouble=trouble)
    findings = (
        BooksFinding(result=result, record=each.record, key=each.key, name=each.name[:100], says=each.says) for each in found.offenders
    )
    BooksFinding.objects.bulk_create(findings)
    return result.is_green

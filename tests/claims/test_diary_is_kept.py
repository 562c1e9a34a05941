"""What was written into a diary stays, is audited, told, and done once; the books find a claim without a next action."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import DatabaseError, connection, transaction

from claims.books import diary as books
from claims.diary.models import DiaryEntry, DiaryMove
from claims.diary.services import add_entry, complete_entry, move_entry
from claims.events import ClaimDiaryChanged
from claims.services import (
    close_claim,
    deny_claim,
)
from tests import needs
from tests.claims.diaries import DAY, open_entries, the_entry, today
from tests.factories import adjuster, started_claim, submitted_claim, supervisor
from vanguard import events
from vanguard.accounts.models import User
from vanguard.books import Looking, invariants
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db


def test_the_database_refuses_to_edit_an_entry_to_undo_one_and_to_lose_one() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    entry = add_entry(owner, claim.pk, due_on=today(), what="Call")
    move_entry(owner, entry.pk, to_day=today() + DAY, reason="Later")
    done = complete_entry(owner, entry.pk, outcome="Called")
    entries, moves = DiaryEntry.objects.filter(pk=done.pk), DiaryMove.objects.filter(entry=done)
    refused: list[Callable[[], Any]] = [
        lambda: entries.update(outcome="Nobody answered"),
        lambda: entries.update(done_at=None, ending="", done_by=None, outcome=""),
        lambda: DiaryEntry.objects.open().filter(claim=claim).update(what="Something else"),
        lambda: entries._raw_delete(entries.db),
        lambda: moves.update(reason="Sooner"),
        lambda: moves.delete(),
    ]
    for attempt in refused:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_every_change_is_audited_with_who_made_it() -> None:
    owner = adjuster()
    entry = add_entry(owner, started_claim(owner).pk, due_on=today(), what="Call")
    move_entry(owner, entry.pk, to_day=today() + DAY, reason="Later")
    complete_entry(owner, entry.pk)
    trail = LogEntry.objects.get_for_object(entry).order_by("timestamp", "id")
    assert [(each.actor, each.action) for each in trail] == [(owner, 0), (owner, 1), (owner, 1)]
    assert trail[1].changes == {"due_on": [str(today()), str(today() + DAY)]}


def test_the_books_tell_of_an_open_claim_without_a_next_action_and_of_a_closed_one_with_one() -> None:
    owner = adjuster()
    forgotten, closed = submitted_claim(), started_claim(owner)
    deny_claim(owner, closed.pk, reason="Wear")
    close_claim(owner, closed.pk)
    assert _offenders() == {"claim_next_action": [], "claim_closed_diary": []}
    DiaryEntry.objects.filter(claim=forgotten).delete()
    DiaryEntry.objects.create(claim=closed, due_on=today(), what="Forgotten")
    assert _offenders() == {"claim_next_action": [forgotten.claim_number], "claim_closed_diary": [closed.claim_number]}


def _offenders() -> dict[str, list[str]]:
    kept = [each for each in invariants() if each.room == books.ROOM]
    return {
        each.name: [offender.name for offender in each.find(Looking()).offenders]
        for each in sorted(kept, key=lambda each: each.name, reverse=True)
    }


def test_what_happens_in_a_diary_is_told_after_the_commit(django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    owner = adjuster()
    claim = started_claim(owner)
    monkeypatch.setitem(events._handlers, ClaimDiaryChanged, [told.append])
    with django_capture_on_commit_callbacks(execute=True):
        add_entry(owner, claim.pk, due_on=today(), what="Call")
    assert [(event.claim_id, event.actor_id) for event in told] == [(claim.pk, owner.pk)]


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_do_the_same_at_once_one_has_an_effect() -> None:
    owner, boss = adjuster(), supervisor()
    claim = started_claim(owner)
    entry, outcomes, start = the_entry(claim), [], threading.Barrier(2)

    def do(who: User) -> None:
        try:
            start.wait()
            complete_entry(who, entry.pk, outcome=f"By {who}")
            outcomes.append("done")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(who,)) for who in (owner, boss)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "done_already"]
    assert len(open_entries(claim)) == 1

"""The diary: each open claim has a next action on a day, whatever was done to it; entries are done and moved."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from claims.diary.models import DiaryEntry, DiaryRule
from claims.diary.rules import FALLBACK, rule_for, working_day
from claims.diary.services import add_entry, complete_entry, move_entry
from claims.models import Claim
from claims.services import (
    appeal_claim,
    approve_claim,
    ask_information,
    assign_claim,
    close_claim,
    delete_claim,
    deny_claim,
    hand_over,
    pay_claim,
    release_claim,
    reopen_claim,
    start_claim,
    take_next_claim,
)
from tests.claims.diaries import DAY, open_entries, the_entry, today
from tests.factories import adjuster, staff, started_claim, submitted_claim, supervisor
from vanguard.accounts.zones import today_of
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


# -- An open claim always has a next action
def test_a_claim_is_filed_with_its_first_action_by_the_companys_rule() -> None:
    entry = the_entry(submitted_claim())
    assert (entry.what, entry.made_by, entry.owner) == ("Make first contact with the insured", None, None)
    assert entry.due_on == working_day(today() + 2 * DAY)


def test_a_severe_claim_is_contacted_sooner() -> None:
    entry = the_entry(submitted_claim(description="The driver is in hospital"))
    assert entry.due_on == working_day(today() + DAY)


def test_the_rules_are_data_and_without_any_there_is_still_a_next_action() -> None:
    DiaryRule.objects.filter(stage="triaged").update(days=10, what="Call")
    assert the_entry(submitted_claim()).what == "Call"
    DiaryRule.objects.update(active=False)
    assert the_entry(submitted_claim()).what == FALLBACK[0]


def test_the_closest_rule_counts() -> None:
    rules = [
        DiaryRule(stage=stage, severity=severity, days=1, what=f"{stage}/{severity}") for stage in ("", "paid") for severity in ("", "high")
    ]
    found = [rule_for(rules, *asked) for asked in (("paid", "high"), ("paid", "low"), ("triaged", "high"), ("triaged", "low"))]
    assert [rule.what if rule else "" for rule in found] == ["paid/high", "paid/", "/high", "/"]


@pytest.mark.parametrize(("day", "becomes"), [("2026-11-27", "2026-11-27"), ("2026-11-28", "2026-11-30"), ("2026-11-29", "2026-11-30")])
def test_a_weekends_day_becomes_the_monday_after(day: str, becomes: str) -> None:
    assert working_day(datetime.date.fromisoformat(day)) == datetime.date.fromisoformat(becomes)


def test_through_its_whole_life_an_open_claim_has_a_next_action() -> None:
    owner, second, finance = adjuster(), supervisor(), staff("Finance")
    claim = submitted_claim()
    steps: list[Callable[[], Any]] = [
        lambda: assign_claim(owner, claim.pk),
        lambda: start_claim(owner, claim.pk),
        lambda: ask_information(owner, claim.pk, question="The invoice"),
        lambda: deny_claim(owner, claim.pk, reason="Wear"),
        lambda: appeal_claim(second, claim.pk, reason="The pipe burst"),
        lambda: approve_claim(second, claim.pk),
        lambda: pay_claim(finance, claim.pk),
        lambda: close_claim(second, Claim.objects.get(pk=claim.pk).pk) if not claim.payments.in_flight().exists() else None,
    ]
    for step in steps:
        step()
        assert open_entries(claim), step


def test_closing_the_file_ends_what_is_open_and_reopening_asks_for_the_next() -> None:
    owner, second = adjuster(), supervisor()
    claim = started_claim(owner)
    add_entry(owner, claim.pk, due_on=today() + DAY, what="Call the roofer")
    deny_claim(owner, claim.pk, reason="Wear")
    close_claim(owner, claim.pk)
    assert open_entries(claim) == []
    ended = DiaryEntry.objects.filter(claim=claim)
    assert {(entry.ending, entry.done_by, entry.outcome) for entry in ended} == {("closed", owner, "The file was closed.")}
    reopen_claim(second, claim.pk, reason="New evidence")
    assert the_entry(claim).what == "Work out the settlement"
    assert the_entry(claim).owner == owner


def test_open_entries_go_with_the_claim_to_its_new_owner_and_what_is_for_others_stays_theirs() -> None:
    owner, other, expert, boss = adjuster(), adjuster(), adjuster(), supervisor()
    claim = started_claim(owner)
    add_entry(owner, claim.pk, due_on=today(), what="Read the policy", owner_id=expert.pk)
    assign_claim(boss, claim.pk, assignee_id=other.pk)
    assert {(entry.what, entry.owner) for entry in open_entries(claim)} == {
        ("Make first contact with the insured", other),
        ("Read the policy", expert),
    }
    release_claim(other, claim.pk, reason="Away")
    assert {entry.owner for entry in open_entries(claim)} == {None, expert}
    taken = take_next_claim(owner)
    assert taken == claim
    assert {entry.owner for entry in open_entries(claim)} == {owner, expert}


def test_a_whole_desk_that_is_handed_over_takes_its_diary_along() -> None:
    owner, boss = adjuster(), supervisor()
    claims = [started_claim(owner) for _ in range(3)]
    hand_over(boss, owner.pk, reason="Ill")
    assert not DiaryEntry.objects.of(owner).exists()
    assert [len(open_entries(claim)) for claim in claims] == [1, 1, 1]


# -- Writing, doing, moving
def test_an_entry_is_for_the_claims_owner_unless_another_handler_is_named() -> None:
    owner, other = adjuster(), adjuster()
    claim = started_claim(owner)
    mine = add_entry(owner, claim.pk, due_on=today() + 3 * DAY, what="  Call  the roofer ")
    theirs = add_entry(owner, claim.pk, due_on=today(), what="Read the policy", owner_id=other.pk)
    assert (mine.owner, mine.what, mine.made_by, theirs.owner) == (owner, "Call the roofer", owner, other)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"what": "  "}, "what", "required"),
        ({"what": "x" * 201}, "what", "max_length"),
        ({"due_on": datetime.date(2020, 1, 1)}, "due_on", "in_past"),
        ({"due_on": datetime.date(2199, 1, 1)}, "due_on", "too_far"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], field: str, code: str) -> None:
    owner = adjuster()
    claim = started_claim(owner)
    sent: dict[str, Any] = {"due_on": today(), "what": "Call"}
    with pytest.raises(Invalid) as refused:
        add_entry(owner, claim.pk, **sent | given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def test_an_entry_is_for_somebody_who_handles_claims() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    with pytest.raises(Invalid) as refused:
        add_entry(owner, claim.pk, due_on=today(), what="Pay", owner_id=staff("Finance").pk)
    assert refused.value.code == "not_a_handler"


def test_a_day_is_one_where_the_person_is() -> None:
    """While it is still yesterday in Honolulu, yesterday's day is not over there."""
    far_west, far_east = adjuster(time_zone="Pacific/Pago_Pago"), adjuster(time_zone="Pacific/Kiritimati")
    west, east = (add_entry(each, started_claim(each).pk, due_on=today_of(each), what="Call") for each in (far_west, far_east))
    assert west.due_on < east.due_on
    assert (west.is_late, east.is_late) == (False, False)
    with pytest.raises(Invalid):
        move_entry(far_east, east.pk, to_day=west.due_on, reason="Earlier")


def test_doing_the_last_entry_asks_for_the_next() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    done = complete_entry(
        owner, the_entry(claim).pk, outcome="She is at home on Friday", next_on=today() + 5 * DAY, next_what="Video inspection"
    )
    assert (done.ending, done.done_by, done.outcome) == ("done", owner, "She is at home on Friday")
    assert (the_entry(claim).what, the_entry(claim).made_by, the_entry(claim).due_on) == ("Video inspection", owner, today() + 5 * DAY)


def test_where_nobody_says_what_comes_next_the_rule_does() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    complete_entry(owner, the_entry(claim).pk)
    assert (the_entry(claim).what, the_entry(claim).made_by) == ("Ask how far the inspection is", None)


def test_while_something_else_is_open_nothing_is_made() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    second = add_entry(owner, claim.pk, due_on=today(), what="Call the roofer")
    complete_entry(owner, second.pk)
    assert the_entry(claim).what == "Make first contact with the insured"


@pytest.mark.parametrize("half", [{"next_what": "Call"}, {"next_on": datetime.date(2199, 1, 1)}])
def test_half_of_a_next_action_is_refused_and_nothing_is_done(half: dict[str, Any]) -> None:
    owner = adjuster()
    entry = the_entry(started_claim(owner))
    with pytest.raises(Invalid):
        complete_entry(owner, entry.pk, **half)
    entry.refresh_from_db()
    assert entry.is_open


def test_what_is_done_is_not_done_again_nor_moved() -> None:
    owner = adjuster()
    entry = the_entry(started_claim(owner))
    complete_entry(owner, entry.pk)
    with pytest.raises(Conflict) as again:
        complete_entry(owner, entry.pk)
    with pytest.raises(Conflict) as moved:
        move_entry(owner, entry.pk, to_day=today() + DAY, reason="Later")
    assert (again.value.code, moved.value.code) == ("done_already", "done_already")


def test_a_move_keeps_the_earlier_day_and_the_reason() -> None:
    owner = adjuster()
    entry = the_entry(started_claim(owner))
    first = entry.due_on
    move_entry(owner, entry.pk, to_day=first + 7 * DAY, reason="She is abroad")
    moved = move_entry(owner, entry.pk, to_day=first + 8 * DAY, reason="Flight delayed")
    assert moved.due_on == first + 8 * DAY
    assert [(move.from_day, move.to_day, move.reason, move.moved_by) for move in moved.moves.all()] == [
        (first, first + 7 * DAY, "She is abroad", owner),
        (first + 7 * DAY, first + 8 * DAY, "Flight delayed", owner),
    ]
    for to_day, reason in ((moved.due_on, "Same"), (first, " "), (today() - DAY, "Back")):
        with pytest.raises(DomainError):
            move_entry(owner, entry.pk, to_day=to_day, reason=reason)


def test_a_diary_is_its_owners_the_claims_owners_and_a_supervisors() -> None:
    owner, expert, stranger, boss = adjuster(), adjuster(), adjuster(), supervisor()
    claim = started_claim(owner)
    for_expert = add_entry(owner, claim.pk, due_on=today(), what="Read the policy", owner_id=expert.pk)
    with pytest.raises(NotAllowed):
        complete_entry(stranger, for_expert.pk)
    with pytest.raises(NotAllowed):
        add_entry(stranger, claim.pk, due_on=today(), what="Look")
    with pytest.raises(NotAllowed):
        complete_entry(expert, DiaryEntry.objects.open().get(claim=claim, owner=owner).pk)
    complete_entry(expert, for_expert.pk)
    add_entry(boss, claim.pk, due_on=today(), what="Show me the estimate")


def test_the_insured_of_a_claim_does_nothing_in_its_diary() -> None:
    boss = supervisor()
    claim = submitted_claim()
    claim.policy.customer.user = boss
    claim.policy.customer.save()
    with pytest.raises(Conflict) as refused:
        complete_entry(boss, the_entry(claim).pk)
    assert refused.value.code == "party"


def test_nothing_is_written_into_a_closed_file() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    deny_claim(owner, claim.pk, reason="Wear")
    close_claim(owner, claim.pk)
    with pytest.raises(Conflict):
        add_entry(owner, claim.pk, due_on=today(), what="Call")


def test_a_claim_filed_by_mistake_goes_with_what_the_platform_made_and_not_with_what_people_wrote() -> None:
    owner = adjuster()
    mistake, written = submitted_claim(), submitted_claim()
    delete_claim(owner, mistake.pk, version=mistake.version)
    assert not DiaryEntry.objects.filter(claim=mistake.pk).exists()
    add_entry(owner, written.pk, due_on=today(), what="Call")
    with pytest.raises(Conflict) as refused:
        delete_claim(owner, written.pk, version=written.version)
    assert refused.value.code == "in_use"

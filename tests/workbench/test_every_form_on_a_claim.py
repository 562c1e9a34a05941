"""Every form on a claim, in every state that offers it, against a hand that slips: nonsense in each field, a second click, an old page.

The forms are those that the admin registers, so one that is added later is tried here too.
"""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from claims.decisions.models import CoverageCheck
from claims.diary.models import DiaryEntry
from claims.fraud.models import InvestigationNote, Referral
from claims.fraud.services import refer_claim
from claims.intake.models import Queue
from claims.letters.models import ClaimLetter
from claims.models import Claim, ClaimDocument, ClaimNote, ClaimPayment, ClaimTransition, LedgerEntry
from claims.parties.models import Claimant, ClaimantLook
from claims.services import (
    ToldClaimant,
    add_claimant,
    approve_claim,
    ask_information,
    assign_claim,
    check_claim_cover,
    clear_payment,
    close_claim,
    deny_claim,
    evaluate_claim,
    pay_claim,
    record_inquiry,
    record_recovery,
)
from tests.claims.clocks import ADDRESSES
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim, superuser
from tests.workbench.desk import claim_url, desk_of, hidden, source
from vanguard.accounts.models import User
from vanguard.workbench.forms import TextInput

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
KEPT: tuple[type[Model], ...] = (
    Claim, ClaimDocument, ClaimLetter, ClaimNote, ClaimPayment, ClaimTransition, CoverageCheck, DiaryEntry,
    InvestigationNote, LedgerEntry, Referral, Claimant, ClaimantLook,
)  # fmt: skip
HUGE = "1" + "0" * 30


def pending(boss: User) -> Claim:
    return assign_claim(boss, submitted_claim(_policy(), reported_date=timezone.now() - datetime.timedelta(hours=1)).pk)


def processing(boss: User) -> Claim:
    return record_inquiry(boss, started_claim(boss, _policy()).pk, reason="A complaint")


def in_texas(boss: User) -> Claim:
    return started_claim(boss, PolicyFactory.create(customer=CustomerFactory.create(address=ADDRESSES["US-TX"])))


def asked(boss: User) -> Claim:
    claim = started_claim(boss, _policy())
    until = timezone.localdate() + datetime.timedelta(days=14)
    return ask_information(boss, claim.pk, question="The estimate", asked_of="The insured", until=until)


def referred(boss: User) -> Claim:
    return refer_claim(boss, started_claim(boss, _policy()).pk, reason="Two estimates")


def claimed_on(boss: User) -> Claim:
    return add_claimant(boss, started_claim(boss, _policy()).pk, ToldClaimant("other", name="Nora Vale")).claim


def questioned(boss: User) -> Claim:
    return check_claim_cover(boss, started_claim(boss, _policy()).pk, left_open="Is it wear?")


def evaluated(boss: User) -> Claim:
    return evaluate_claim(boss, started_claim(boss, _policy()).pk)


def proposed(boss: User) -> Claim:
    return approve_claim(boss, referred(boss).pk)


def paid(boss: User) -> Claim:
    """With a payment in each state, and something that came back."""
    claim = approve_claim(boss, started_claim(boss, _policy()).pk)
    handler, other = adjuster(), adjuster(first_name="Otto", last_name="Kern")
    waiting = pay_claim(boss, claim.pk, amount=Decimal("10.00"))
    pay_claim(boss, claim.pk, amount=Decimal("20.00"))
    clear_payment(boss, waiting.payments.order_by("created_at")[0].pk)
    Claim.objects.filter(pk=claim.pk).update(assignee=handler)
    pay_claim(handler, claim.pk, amount=Decimal("30.00"), payee=other.get_full_name())
    pay_claim(handler, claim.pk, amount=Decimal("40.00"))
    record_recovery(boss, claim.pk, amount=Decimal("5.00"), source="salvage", reason="")
    return Claim.objects.get(pk=claim.pk)


def denied(boss: User) -> Claim:
    return deny_claim(boss, started_claim(boss, _policy()).pk, reason="Not covered.")


def closed(boss: User) -> Claim:
    return close_claim(boss, denied(boss).pk)


STATES: tuple[Callable[[User], Claim], ...] = (
    pending, processing, in_texas, questioned, evaluated, asked, referred, claimed_on, proposed, paid, denied, closed,
)  # fmt: skip

# A few of each: the test would say nothing if the pages offered none of them.
OF_ALL_STATES = {
    "start",
    "approve",
    "check-cover",
    "question-cover",
    "evaluate",
    "look-further",
    "withdraw",
    "deny",
    "ask",
    "received",
    "pay",
    "void",
    "stop",
    "recover",
    "close",
    "reopen",
    "appeal",
    "extend",
    "diary",
    "add-claimant",
    "end-claimant",
}


def _policy() -> Any:
    return PolicyFactory.create(coverage_amount=Decimal("90000.00"))


@pytest.fixture
def boss() -> User:
    return superuser(email="boss@vanguard.example", first_name="Ada", last_name="Brook")


@pytest.fixture
def desk(boss: User) -> Client:
    Queue.objects.get_or_create(name="General")
    adjuster(first_name="Ines", last_name="Calloway")
    return desk_of(boss)


def commands(boss: User, claim: Claim) -> Iterator[Any]:
    """The commands that the page offers this person now."""
    for command in admin.site._registry[Claim].commands:  # type: ignore[attr-defined]  # the workbench's own base class
        if boss.has_perm(command.permission) and command.offered(boss, claim) and not command.why_not(boss, claim):
            yield command


def all_rows() -> dict[str, list[Any]]:
    """Everything that a command could have written."""
    return {model.__name__: sorted(map(str, model._default_manager.values_list())) for model in KEPT}


def filled(desk: Client, claim: Claim, command: Any) -> dict[str, Any]:
    """The form as its page shows it, with something sensible in what is empty."""
    page = desk.get(claim_url(claim, command.name))
    sensible = {
        "due_on": str(timezone.localdate() + datetime.timedelta(days=7)),
        "amount": "1.00",
        "jurisdiction": "US-IA",
        "name": "Ben Stone",
        "confirm": "Nora Vale",
        "queue": str(Queue.objects.earliest("name").pk),
    }
    sent: dict[str, Any] = hidden(source(page), "command-form")
    for bound in page.context["form"].visible_fields():
        choices = [str(value) for value, _ in getattr(bound.field, "choices", []) if str(value)]
        shown = bound.field.prepare_value(bound.value())
        words = "Because" if bound.field.required and not choices else ""
        sent[bound.name] = shown or sensible.get(bound.name) or next(iter(choices), words)
    if command.name == "jurisdiction":
        sent["jurisdiction"] = sensible["jurisdiction"]
    if command.name == "link":
        sent["other"] = submitted_claim().claim_number
    if command.name == "document":
        sent["file"] = SimpleUploadedFile("note.txt", b"Seen and agreed.", "text/plain")
    return sent


@pytest.mark.parametrize("nonsense", ["a\x00b", HUGE, "x" * 20_000], ids=["nul", "huge", "long"])
def test_nonsense_is_refused_at_each_field_that_has_it_and_nothing_is_done(desk: Client, boss: User, nonsense: str) -> None:
    tried: set[str] = set()
    for state in STATES:
        claim = state(boss)
        before = all_rows()
        for command in [each for each in commands(boss, claim) if each.name not in tried]:
            tried.add(command.name)
            page = desk.get(claim_url(claim, command.name))
            # As the page has them: one with nothing to choose from is not there.
            fields = {name: field for name, field in page.context["form"].fields.items() if not field.widget.is_hidden and name != "file"}
            # A text may well be a figure; then the other fields are what is refused.
            wrong = [name for name, field in fields.items() if nonsense != HUGE or not isinstance(field, TextInput)]
            if not wrong:
                continue
            carried = hidden(source(page), "command-form")
            answer = desk.post(claim_url(claim, command.name), carried | dict.fromkeys(fields, nonsense))
            assert 400 <= answer.status_code < 500, (command.name, answer.status_code)
            for name in wrong:
                assert f'id="{command.name}_{name}_error"' in source(answer), (command.name, name)
            assert "Nothing was saved." in source(answer), command.name
            assert all_rows() == before, command.name
    assert tried >= OF_ALL_STATES


def test_a_second_click_does_nothing_twice(desk: Client, boss: User) -> None:
    tried: set[str] = set()
    for state in STATES:
        # A look is told on the page itself, and every one is kept.
        looks = ("reveal-claimant",)
        for name in [command.name for command in commands(boss, state(boss)) if command.name not in (*tried, *looks)]:
            with undone():
                claim = state(boss)
                if name in ("close", "reopen") and claim.payments.exists():
                    continue  # money is under way
                tried.add(name)
                _clicked_twice(desk, claim, next(each for each in commands(boss, claim) if each.name == name))
    assert tried >= OF_ALL_STATES


def _clicked_twice(desk: Client, claim: Claim, command: Any) -> None:
    url, sent = claim_url(claim, command.name), filled(desk, claim, command)
    first = desk.post(url, sent)
    if first.status_code == 200:  # a letter is shown before it goes
        sent |= {"confirmed": hidden(source(first), "command-form")["confirmed"]}
        first = desk.post(url, sent)
    assert first.status_code == 302, (command.name, first.status_code, first.context and first.context["form"].errors)
    before = all_rows()
    if "file" in sent:
        sent["file"].seek(0)
    second = desk.post(url, sent)
    assert all_rows() == before, command.name
    assert second.status_code in (302, 404, 409, 412), (command.name, second.status_code)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

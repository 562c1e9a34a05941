"""Every form that makes something makes one with each opening: a second click, or the back button and another send, is told so.

The forms are those that the admin registers, so one that is added later is tried here too; and the pages of their own beside them.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from claims.intake.models import Queue
from claims.models import Claim
from claims.oversight.models import ExaminationPack
from customers.models import Customer
from policies.models import Policy
from tests.api.test_same_instant import at_once
from tests.authenticators import Enrolled
from tests.factories import PASSWORD, CustomerFactory, PolicyFactory, submitted_claim, superuser
from tests.quotes.making import product
from tests.workbench.desk import desk_of, hidden, local, open_form, send, source, words
from tests.workbench.test_pages_by_role import patterns_of
from vanguard.accounts.models import Invitation, User
from vanguard.http.idempotency import RequestKey
from vanguard.models import IdempotencyKey
from vanguard.webhooks import services as webhooks
from vanguard.webhooks.models import Endpoint
from vanguard.workbench.clicks import FIELD

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SAYS, NOT_SAVED = "Your second click changed nothing.", "What you sent now was not saved"
DAY = datetime.timedelta(days=1)
HOUSE = {"policy_type": "homeowners", "premium_amount": "900.00", "coverage_amount": "90,000.00", "deductible_amount": "500.00"}


@dataclass(frozen=True)
class Making:
    """A form that makes something: its page, its id on it, and what is typed for the thing of this number."""

    model: type[Model]
    url: str
    form_id: str
    typed: Callable[[int], dict[str, Any]]

    def count(self) -> int:
        return self.model._default_manager.count()

    def keys(self) -> set[str]:
        """As addresses have them."""
        return {quote(str(key)) for key in self.model._default_manager.values_list("pk", flat=True)}


def earlier(days: int) -> str:
    return local(timezone.now() - days * DAY)


def midnight(number: int) -> dict[str, str]:
    return {"valid_from_0": f"2031-01-{number:02}", "valid_from_1": "00:00:00", "valid_to_0": "", "valid_to_1": ""}


# What is typed into the form of each model for which the admin has one.
TYPED: dict[str, Callable[[int], dict[str, Any]]] = {
    "accounts.User": lambda n: {
        "email": f"new{n}@vanguard.example", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD,
    },
    "billing.GracePeriod": lambda n: {"policy_type": f"boats_{n}", "notice_after_days": "1", "grace_days": "30"},
    "claims.AuthorityLimit": lambda n: {
        "role": str(Group.objects.get(name="Adjuster").pk), "claim_type": f"flood_{n}", "cost_type": "indemnity", "amount": "1.00",
    },
    "claims.Claim": lambda n: {
        "policy": Policy.objects.earliest("created_at").policy_number, "claim_type": f"fire {n}", "claim_amount": "10.00",
        "incident_date": earlier(n + 2),
    },
    "clocks.ClockRule": lambda n: {
        "jurisdiction": "US-TX", "kind": "pay", "action": "Issue the payment", "starts": "approval", "stops": "payment", "days": "7",
        "counts": "business", "citation": "New", "valid_from": f"2031-01-{n:02}",
    },
    "clocks.Holiday": lambda n: {"date": f"2031-02-{n:02}", "name": "A day of mourning", "jurisdiction": "US-TX"},
    "customers.Customer": lambda n: {"first_name": "Rosa", "last_name": f"Diaz-{'abcd'[n]}", "email": f"rosa{n}@example.com"},
    "decisions.DenialReason": lambda n: {
        "code": f"late_{n}", "label": "Late", "words": "It came late.", "topic": "limit", "position": "90", "is_active": "on",
    },
    "diary.DiaryRule": lambda n: {"stage": "appeal", "severity": ("low", "medium", "high", "complex")[n], "days": "3", "what": "Look"},
    "fraud.FraudRule": lambda n: midnight(n) | {"code": "shared_phone", "parameters": "{}", "weight": "5"},
    "intake.NoticeDraft": lambda n: {"policy_told": "On the kitchen table", "caller_name": f"Ada {n}", "claim_type": "fire"},
    "intake.Queue": lambda n: {"name": f"Boats {n}"},
    "intake.TriageRule": lambda n: {
        "position": str(n), "name": "Boats", "claim_type": "flood", "severity": "high",
        "queue": str(Queue.objects.get(name="All of it").pk),
    },
    "letters.JurisdictionText": lambda n: {
        "jurisdiction": "US-TX", "kind": "denial", "heading": f"Where to turn {n}", "text": "To us.", "valid_from": "2031-01-01",
        "position": "1",
    },
    "policies.Policy": lambda n: HOUSE | {"customer": Customer.objects.earliest("created_at").email, "start_date": earlier(-n)},
    "products.Product": lambda n: {"name": f"Boats {n}", "code": f"B{n}", "policy_type": f"boats {n}", "base_rate": "100.00"},
    "quotes.Quote": lambda n: {
        "customer": Customer.objects.earliest("created_at").email, "product": str(product().pk), "start_date": earlier(-n),
    },
    "quotes.UnderwritingRule": lambda n: midnight(n) | {
        "product": str(product().pk), "name": f"Straw {n}", "looks_at": "construction", "comparison": "is", "value": "frame",
        "outcome": "decline", "reason": "No straw.",
    },
}  # fmt: skip

# Pages that make something and belong to no registered form.
OWN: dict[str, tuple[type[Model], str, Callable[[int], dict[str, Any]]]] = {
    "accounts_user_invite": (
        Invitation, "invite-form", lambda n: {"first_name": "I", "last_name": "M", "email": f"i{n}@vanguard.example", "role": "Adjuster"},
    ),
    "packs_new": (
        ExaminationPack, "pack-form", lambda n: {
            "reason": f"Asked {n}", "how": "named", "numbers": Claim.objects.earliest("created_at").claim_number, "since": "", "until": "",
        },
    ),
    "webhook_new": (
        Endpoint, "webhook-form", lambda n: {"name": f"Shop {n}", "url": "https://shop.example/", "event_types": ["claim.filed"]},
    ),
}  # fmt: skip
EVERY = sorted([*TYPED, *OWN])


def making(name: str) -> Making:
    if name in OWN:
        model, form_id, typed = OWN[name]
        return Making(model, reverse(f"admin:{name}"), form_id, typed)
    found = next(each for each in admin.site._registry if each._meta.label == name)
    form_id = "edit-form" if getattr(admin.site._registry[found], "creation", None) else f"{found._meta.model_name}_form"
    return Making(found, reverse(f"admin:{found._meta.app_label}_{found._meta.model_name}_add"), form_id, TYPED[name])


@pytest.fixture
def boss() -> User:
    return superuser(email="boss@vanguard.example", first_name="Ada", last_name="Brook")


@pytest.fixture
def desk(boss: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """With a book to refer to, and partners whose addresses are not looked up."""
    monkeypatch.setattr(webhooks, "_check", lambda *_asked: None)
    submitted_claim(PolicyFactory.create(customer=CustomerFactory.create()))
    Queue.objects.create(name="All of it")
    return desk_of(boss)


def click(desk: Client, url: str, sent: dict[str, Any]) -> Any:
    return desk.post(url, sent)


def made(answer: Any) -> bool:
    """By all forms with a page to go on to; a webhook's secret is on the answer itself."""
    return answer.status_code == 302 or (answer.status_code == 200 and "whsec_" in source(answer))


@contextmanager
def before_the_first_one_was_stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The first look finds nothing, as where both are sent at the same instant."""
    looked: list[bool] = []
    stored = RequestKey.stored

    def later(key: RequestKey) -> IdempotencyKey | None:
        looked.append(True)
        return stored(key) if len(looked) > 1 else None

    with monkeypatch.context() as patch:
        patch.setattr(RequestKey, "stored", later)
        yield
    assert len(looked) == 2


@pytest.mark.once
def test_each_form_that_the_admin_has_for_something_new_is_among_these(boss: User) -> None:
    request = RequestFactory().get("/")
    request.user = boss
    assert {model._meta.label for model, page in admin.site._registry.items() if page.has_add_permission(request)} == set(TYPED)


@pytest.mark.once
@pytest.mark.parametrize("name", EVERY)
def test_a_form_sent_twice_makes_one_and_leads_to_it(name: str, desk: Client) -> None:
    form = making(name)
    sent, before = open_form(desk, form.url, form.form_id) | form.typed(1), form.keys()
    assert made(desk.post(form.url, sent)), name
    [new] = form.keys() - before
    answer: Any = desk.post(form.url, sent, follow=True)
    assert form.keys() - before == {new}
    assert (answer.status_code, SAYS in words(answer)) == (200, True)
    assert (str(Invitation.objects.get().user_id) if form.model is Invitation else new) in answer.redirect_chain[0][0]


@pytest.mark.once
@pytest.mark.parametrize("name", EVERY)
def test_a_form_that_is_opened_afresh_makes_another(name: str, desk: Client) -> None:
    form = making(name)
    before = form.count()
    for number in (1, 2):
        assert made(desk.post(form.url, open_form(desk, form.url, form.form_id) | form.typed(number))), number
    assert form.count() == before + 2


@pytest.mark.once
@pytest.mark.parametrize("name", EVERY)
def test_a_form_that_is_refused_keeps_its_opening(name: str, desk: Client) -> None:
    form = making(name)
    opening, before = open_form(desk, form.url, form.form_id), form.count()
    refused = desk.post(form.url, opening | dict.fromkeys(form.typed(1), ""))
    again = hidden(source(refused), form.form_id)
    assert (again[FIELD], form.count()) == (opening[FIELD], before)
    for _ in range(2):
        assert made(desk.post(form.url, again | form.typed(1)))
    assert form.count() == before + 1


@pytest.mark.once
@pytest.mark.parametrize("name", EVERY)
def test_a_second_click_that_comes_before_the_first_is_stored_is_rolled_back(
    name: str, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = making(name)
    sent, before = open_form(desk, form.url, form.form_id) | form.typed(1), form.count()
    desk.post(form.url, sent, follow=True)
    with before_the_first_one_was_stored(monkeypatch):
        answer = desk.post(form.url, sent, follow=True)
    assert form.count() == before + 1
    assert (answer.status_code, SAYS in words(answer)) == (200, True)
    assert "successfully" not in words(answer)


@pytest.mark.once
@pytest.mark.parametrize("name", ["accounts.User", "clocks.Holiday", "decisions.DenialReason", "intake.TriageRule"])
def test_what_may_be_there_only_once_and_is_so_between_check_and_insert_is_a_second_click(
    name: str, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = making(name)
    sent = open_form(desk, form.url, form.form_id) | form.typed(1)
    desk.post(form.url, sent)
    for check in ("validate_unique", "validate_constraints"):
        monkeypatch.setattr(form.model, check, lambda *_asked, **_options: None)
    with before_the_first_one_was_stored(monkeypatch):
        assert SAYS in words(desk.post(form.url, sent, follow=True))


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_make_one_and_no_page_breaks(boss: User, desk: Client) -> None:
    for name in EVERY:
        form = making(name)
        sent, before = open_form(desk, form.url, form.form_id) | form.typed(3), form.count()
        answers: Any = at_once(*[partial(click, desk_of(boss), form.url, sent) for _ in range(2)])
        assert form.count() == before + 1, name
        assert all(made(answer) for answer in answers), (name, [answer.status_code for answer in answers])


@pytest.mark.once
def test_back_and_something_else_typed_makes_nothing_and_says_what_to_do(desk: Client) -> None:
    form = making("customers.Customer")
    sent = open_form(desk, form.url, form.form_id)
    desk.post(form.url, sent | form.typed(1))
    answer = desk.post(form.url, sent | form.typed(2), follow=True)
    assert NOT_SAVED in words(answer)
    assert SAYS not in words(answer)
    assert not Customer.objects.filter(email="rosa2@example.com").exists()


@pytest.mark.once
def test_a_second_click_is_ones_own(desk: Client) -> None:
    form = making("intake.Queue")
    sent, before = open_form(desk, form.url, form.form_id), form.count()
    for client, number in ((desk, 1), (desk_of(superuser()), 2)):
        assert SAYS not in words(client.post(form.url, sent | form.typed(number), follow=True))
    assert form.count() == before + 2


@pytest.mark.once
def test_an_opening_is_kept_a_day(desk: Client) -> None:
    form = making("intake.Queue")
    sent, before = open_form(desk, form.url, form.form_id), form.count()
    desk.post(form.url, sent | form.typed(1))
    IdempotencyKey.objects.update(created_at=timezone.now() - datetime.timedelta(hours=25))
    desk.post(form.url, sent | form.typed(2))
    assert form.count() == before + 2


@pytest.mark.once
@pytest.mark.parametrize("opening", ["x" * 5000, "\x00", "<b>"])
def test_whatever_is_sent_as_an_opening_is_one(desk: Client, opening: str) -> None:
    form = making("intake.Queue")
    before = form.count()
    for _ in range(2):
        assert desk.post(form.url, {FIELD: opening} | form.typed(1)).status_code == 302
    assert form.count() == before + 1
    assert "<b>" not in source(desk.post(form.url, {FIELD: opening, "name": ""}))


@pytest.mark.once
def test_a_code_that_was_asked_for_in_between_makes_it_no_other_form() -> None:
    enrolled = Enrolled(superuser())
    desk = desk_of(enrolled.user)
    form = making("accounts_user_invite")
    sent = open_form(desk, form.url, form.form_id) | form.typed(1)
    asked = desk.post(form.url, sent)
    assert "Confirm that it is you" in words(asked)
    desk.post(form.url, hidden(source(asked), "step-up-form") | {"step_up_code": enrolled.code()})
    assert SAYS in words(desk.post(form.url, sent, follow=True))
    assert Invitation.objects.count() == 1


@pytest.mark.once
def test_a_webhooks_secret_is_not_shown_again_and_the_page_says_so(desk: Client) -> None:
    form = making("webhook_new")
    sent = open_form(desk, form.url, form.form_id) | form.typed(1)
    desk.post(form.url, sent)
    answer = desk.post(form.url, sent, follow=True)
    assert "Its secret is shown once: where it was not kept, make a new one." in words(answer)
    assert "whsec_" not in source(answer)


@pytest.mark.once
def test_a_row_made_in_a_window_of_another_forms_leads_to_its_page_in_that_window(desk: Client) -> None:
    form = making("intake.Queue")
    before = form.keys()
    sent = open_form(desk, f"{form.url}?_popup=1", form.form_id) | form.typed(1) | {"_popup": "1"}
    assert "data-popup-response" in source(desk.post(form.url, sent))
    second: Any = desk.post(form.url, sent)
    [new] = form.keys() - before
    assert second.url == f"/admin/intake/queue/{new}/change/?_popup=1"


@pytest.mark.once
def test_a_second_click_on_giving_away_somebodys_claims_says_how_many_the_first_gave(desk: Client) -> None:
    owner = User.objects.get(email="boss@vanguard.example")
    Claim.objects.update(assignee=owner)
    url = "/admin/claims/claim/handover/"
    sent = open_form(desk, url, "edit-form") | {"owner": str(owner.pk), "reason": "On leave"}
    first, second = (words(desk.post(url, sent, follow=True)) for _ in range(2))
    assert "1 claim" in first
    assert SAYS in second
    assert "1 claim" in second


@pytest.mark.once
def test_a_name_that_is_taken_is_refused_at_its_field_on_a_form_opened_afresh(desk: Client) -> None:
    form = making("customers.Customer")
    for expected in (200, 409):
        assert send(desk, form.url, form.form_id, **form.typed(1)).status_code == expected


# Pages of one’s own account make nothing by what they ask for; a list acts on the rows that were chosen.
MAKES_NOTHING = {"second_factor", "password_change"}
FORM = re.compile(r'<form[^>]*method="post"[^>]*>(.*?)</form>', re.DOTALL)
ASKS = re.compile(r'<textarea|<select|<input(?![^>]*type="(?:hidden|submit|checkbox)")')


@pytest.mark.once
def test_each_page_of_no_record_that_asks_for_something_carries_an_opening(desk: Client) -> None:
    without: set[str] = set()
    for name in {pattern.name for pattern in patterns_of(admin.site.get_urls()) if pattern.name and not pattern.pattern.converters}:
        with suppress(NoReverseMatch):
            page = desk.get(reverse(f"admin:{name}"))
            forms = FORM.findall(source(page)) if page.status_code == 200 and not page.streaming else []
            without |= {name for form in forms if ASKS.search(form) and f'name="{FIELD}"' not in form}
    assert {name for name in without if not name.endswith("_changelist")} == MAKES_NOTHING

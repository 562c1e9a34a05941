"""Each step of a quote is counted and on record, after the commit and without a person's data."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import transaction
from prometheus_client import REGISTRY

from policies.quotes import services
from policies.quotes.models import Quote
from tests.factories import underwriter
from tests.observability.lines import formatted
from tests.quotes.making import quoted, referred, requested

pytestmark = pytest.mark.django_db
type Committed = Callable[..., AbstractContextManager[Any]]


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(formatted(record)) for record in caplog.records if record.name == "insurance.events"]


def counted(status: str) -> float:
    return REGISTRY.get_sample_value("insurance_quotes_total", {"status": status}) or 0.0


def test_a_quote_that_is_bound_leaves_a_line_a_step(
    django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture
) -> None:
    actor, before = underwriter(), {status: counted(status) for status in ("draft", "quoted", "bound")}
    with django_capture_on_commit_callbacks(execute=True):
        quote = services.bind_quote(actor, quoted(actor=actor).pk)
    told = [event for event in events(caplog) if event["event_type"].startswith("quote_")]
    assert [(event["event_type"], event["details"]["status"]) for event in told] == [
        ("quote_requested", "draft"), ("quote_priced", "quoted"), ("quote_bound", "bound"),
    ]  # fmt: skip
    assert quote.policy is not None
    assert told[-1]["user_id"] == str(actor.pk)
    assert told[-1]["details"] == {
        "quote_id": str(quote.pk),
        "quote_number": quote.quote_number,
        "product": "HO",
        "status": "bound",
        "premium_amount": "863.42",
        "policy_id": str(quote.policy.pk),
        "policy_number": quote.policy.policy_number,
    }
    assert {status: counted(status) - figure for status, figure in before.items()} == {"draft": 1, "quoted": 1, "bound": 1}


def test_a_referral_and_its_decision_are_on_record(django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.approve_quote(underwriter(), referred().pk)
        services.decline_quote(underwriter(), quoted().pk, reason="Moral hazard")
    steps = [(event["event_type"], event["details"]["status"]) for event in events(caplog) if event["event_type"] != "quote_requested"]
    assert steps == [
        ("quote_priced", "referred"), ("quote_approved", "approved"), ("quote_priced", "quoted"), ("quote_declined", "declined"),
    ]  # fmt: skip
    assert "Moral hazard" not in caplog.text


def test_what_is_rolled_back_is_neither_counted_nor_on_record(
    django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture
) -> None:
    quote, before = quoted(), counted("bound")

    def broken_off() -> None:
        with transaction.atomic():
            services.bind_quote(None, quote.pk)
            raise RuntimeError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        broken_off()
    assert counted("bound") == before
    assert Quote.objects.get(pk=quote.pk).status == "quoted"


def test_the_audit_trail_names_who_priced_and_what_changed() -> None:
    actor = underwriter()
    quote = requested(actor=actor)
    services.price_quote(actor, quote.pk)
    entry = LogEntry.objects.get_for_object(quote).latest("timestamp")
    assert entry.actor == actor
    assert entry.changes is not None
    assert (entry.changes["status"], entry.changes["premium_amount"][1]) == (["draft", "quoted"], "863.42")

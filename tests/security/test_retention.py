"""What is kept for a while only is cleared by one command, which may run twice."""

import datetime
import io
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from customers.models import Customer, Erasure
from customers.services import request_erasure
from tests.factories import CustomerFactory, PolicyFactory, adjuster, staff
from vanguard import retention
from vanguard.accounts.models import FailedLogIns, RefreshToken, ResetRequests, TokenFamily
from vanguard.accounts.tokens import start_family
from vanguard.models import IdempotencyKey

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - datetime.timedelta(days=100)


@pytest.fixture(autouse=True)
def _ledger(tmp_path: Path, settings: Settings) -> None:
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


def apply() -> str:
    out = io.StringIO()
    call_command("apply_retention", stdout=out)
    return out.getvalue()


def test_what_is_over_goes_and_what_lasts_stays() -> None:
    user = adjuster()
    start_family(user)
    old = TokenFamily.objects.create(user=user, created_at=LONG_AGO)
    RefreshToken.objects.create(family=old, digest="0" * 64, created_at=LONG_AGO, expires_at=LONG_AGO)
    for number, at in enumerate((LONG_AGO, timezone.now())):
        IdempotencyKey.objects.create(user=user, method="POST", path="/api/claims", key=str(number), body_digest="0" * 64, created_at=at)
        ResetRequests.objects.create(digest=f"{number}" * 64, since=at, letters=1)
        FailedLogIns.objects.create(digest=f"{number}" * 64, since=at, failures=1)
        Session.objects.create(session_key=f"s{number}", session_data="", expire_date=at + datetime.timedelta(days=1))
    apply()
    assert not TokenFamily.objects.filter(pk=old.pk).exists()
    for model in (TokenFamily, RefreshToken, IdempotencyKey, ResetRequests, FailedLogIns, Session):
        assert model._default_manager.count() == 1, model
    apply()
    assert TokenFamily.objects.count() == 1


def test_an_erasure_that_is_due_is_done_and_stands_in_the_ledger() -> None:
    customer = CustomerFactory.create()
    policy = PolicyFactory.create(customer=customer)
    request_erasure(staff("Compliance"), customer.pk, reason="By letter", confirm_email=customer.email)
    assert "erasures that were due: 0" in apply()
    long_over = timezone.now() - datetime.timedelta(days=8 * 366)
    type(policy).objects.filter(pk=policy.pk).update(start_date=long_over - datetime.timedelta(days=365), end_date=long_over)
    said = apply()
    assert "erasures that were due: 1" in said
    assert "erasures that were due: 0" in apply()
    assert Customer.objects.get(pk=customer.pk).erased_at is not None
    assert Erasure.objects.get().done_at is not None


def test_a_job_that_fails_holds_up_no_other_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise RuntimeError("disk full")

    monkeypatch.setattr(retention, "_jobs", {"this": broken, "that": lambda: 7})
    out = io.StringIO()
    with pytest.raises(CommandError, match="this"):
        call_command("apply_retention", stdout=out)
    assert "that: 7" in out.getvalue()

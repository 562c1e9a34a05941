"""The stream of COPY stores what plain inserts would, each value through its field."""

from pathlib import Path
from typing import Any

import pytest
from django.db import models, transaction

from claims.bordereau import bulk
from claims.bordereau.importing import import_claims
from claims.models import Claim, ClaimPayment, ClaimTransition, LedgerEntry
from customers.models import Customer
from policies.models import Policy, PolicyTransition
from tests import needs
from tests.book.bordereaux import sample_rows, write
from vanguard.encryption import owned
from vanguard.storing import AS_THEY_ARE

pytestmark = [pytest.mark.django_db, needs.postgresql]
ROWS: dict[type[models.Model], tuple[str, ...]] = {
    Customer: ("email",),
    Policy: ("policy_number", "customer__email"),
    PolicyTransition: ("policy__policy_number", "command"),
    Claim: ("claim_number", "policy__policy_number"),
    ClaimTransition: ("claim__claim_number", "at", "command"),
    ClaimPayment: ("claim__claim_number", "paid_at"),
    LedgerEntry: ("claim__claim_number", "effective_at"),
}


def stored(model: type[models.Model], *by: str) -> list[dict[str, Any]]:
    """Every column, keys and the moment of the import aside."""
    names = [field.attname for field in model._meta.concrete_fields if not field.is_relation and not field.primary_key]
    names = [name for name in names if name not in ("created_at", "updated_at", "booked_at")]
    return [{name: _opened(value) for name, value in row.items()} for row in model._base_manager.order_by(*by).values(*{*names, *by})]


def _opened(value: Any) -> Any:
    return owned.decrypt(value.token) if isinstance(value, owned.Sealed) else value


def rows_of(file: Path) -> dict[str, list[dict[str, Any]]]:
    with transaction.atomic():
        import_claims(None, file)
        rows = {model.__name__: stored(model, *by) for model, by in ROWS.items()}
        transaction.set_rollback(True)
    return rows


def test_the_stream_stores_what_inserts_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "book.csv", sample_rows(60))
    by_copy = rows_of(file)
    monkeypatch.setattr(bulk, "_by_copy", bulk._by_inserts)
    monkeypatch.setitem(AS_THEY_ARE, "postgresql", frozenset())
    by_inserts = rows_of(file)
    assert all(by_copy.values())
    assert by_copy == by_inserts

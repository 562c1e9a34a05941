"""S14: of a list that left as a file the audit trail keeps who took it, how many rows, by which filters; never who was looked for."""

import logging
from datetime import date
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils.http import urlencode

from claims.models import Claim
from claims.reports.selection import Selection
from tests import needs
from tests.claims.test_payees_accounts import everything
from tests.factories import CustomerFactory, PolicyFactory, staff, submitted_claim, supervisor
from tests.observability.lines import formatted
from tests.security.trail import of_row, seal_here
from tests.workbench.desk import desk_of, words
from vanguard.accounts.models import User
from vanguard.audit import record_export
from vanguard.trail.verifying import verify

pytestmark = pytest.mark.django_db
LIST = "/admin/claims/claim/"


@pytest.fixture
def daniel() -> User:
    return supervisor()


def export(user: User, claim: Claim, **query: str) -> LogEntry:
    """The entry of an export of all rows of the list that `query` asks for."""
    fields = {"action": "export", "index": "0", "select_across": "1", "_selected_action": [str(claim.pk)]}
    answer: Any = desk_of(user).post(f"{LIST}?{urlencode(query)}", fields)
    assert answer.headers["Content-Type"].startswith("text/csv")
    return LogEntry.objects.get(action=LogEntry.Action.ACCESS)


def asked_of(entry: LogEntry) -> str:
    return str((entry.additional_data or {})["asked"])


@pytest.mark.parametrize("typed", ["Canaryworth", "917-65-4321", "917654321", "+1 907 555 0161", "ada.canary@example.com", "77 Canary Row"])
def test_of_a_search_it_keeps_that_there_was_one(daniel: User, typed: str, caplog: pytest.LogCaptureFixture) -> None:
    claim = submitted_claim(claim_type="water_damage")
    with caplog.at_level(logging.INFO):
        entry = export(daniel, claim, view="all", claim_type="water_damage", q=typed)
    assert entry.actor == daniel
    assert asked_of(entry) == "view=all&claim_type=water_damage&q=••••"
    assert typed.encode() not in everything()
    assert typed not in "".join(formatted(record) for record in caplog.records)


def test_filters_stay_with_what_was_chosen(daniel: User) -> None:
    customer = CustomerFactory.create()
    claim = submitted_claim(PolicyFactory.create(customer=customer))
    chosen = {"view": "all", "status": "pending", "customer": str(customer.pk), "reported_date_from": "2026-01-01", "owner": "nobody"}
    entry = export(daniel, claim, **chosen, o="1.2")
    assert entry.additional_data == {"rows": 1, "asked": "&".join(f"{name}={value}" for name, value in chosen.items())}
    trail = words(desk_of(staff("Compliance")).get("/admin/auditlog/logentry/"))
    assert "Export of 1 claim: view=all" in trail


def test_only_the_value_that_counts_is_kept_of_several(daniel: User) -> None:
    claim = submitted_claim()
    fields = {"action": "export", "index": "0", "select_across": "1", "_selected_action": [str(claim.pk)]}
    desk_of(daniel).post(f"{LIST}?status=Canaryworth&status=pending&view=all", fields)
    assert asked_of(LogEntry.objects.get(action=LogEntry.Action.ACCESS)) == "status=pending&view=all"


def test_of_a_reports_figure_the_kind_and_the_day_are_kept(daniel: User) -> None:
    claim = submitted_claim()
    entry = export(daniel, claim, view="all", rows=str(Selection("open", date(2026, 11, 1), "Canaryworth", ("", ""))))
    assert entry.additional_data == {"rows": 0, "asked": "view=all&rows=open:2026-11-01"}


def test_what_is_shaped_as_personal_data_is_taken_out_whoever_writes_the_entry(daniel: User) -> None:
    record_export(daniel, Claim, rows=3, asked="rehearsal, for ada.canary@example.com, 917-65-4321 and +1 907 555 0161")
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert entry.additional_data == {"rows": 3, "asked": "rehearsal, for [e-mail], [number] and [phone]"}
    assert not any(canary in entry.object_repr for canary in ("ada.canary", "917", "907"))


def test_an_address_with_something_else_in_it_exports_nothing(daniel: User) -> None:
    claim = submitted_claim()
    fields = {"action": "export", "index": "0", "select_across": "1", "_selected_action": [str(claim.pk)]}
    desk: Client = desk_of(daniel)
    for query in ("Canaryworth=1", "status=Canaryworth", "policy__customer__last_name=Canaryworth"):
        answer: Any = desk.post(f"{LIST}?view=all&{query}", fields)
        assert (answer.status_code, answer.headers.get("Content-Disposition")) == (302, None), query
    assert not LogEntry.objects.filter(action=LogEntry.Action.ACCESS).exists()
    assert b"Canaryworth" not in everything()


def of_before(asked: str) -> LogEntry:
    """As entries were written until the search was kept out of them: with the whole address."""
    kind = ContentType.objects.get_for_model(Claim)
    entry: LogEntry = LogEntry.objects.create(
        content_type=kind,
        object_repr=f"Export of 7 claims: {asked}",
        action=LogEntry.Action.ACCESS,
        changes={},
        additional_data={"rows": 7, "asked": asked},
    )
    return entry


def masked(entry: LogEntry) -> LogEntry:
    import_module("vanguard.migrations.0005_exports_keep_no_search").mask_searches(apps, SimpleNamespace(connection=connection))
    entry.refresh_from_db()
    return entry


@pytest.mark.parametrize(
    ("stood", "stands"),
    [
        ("view=all&status=pending&q=Ada+Canaryworth", "view=all&status=pending&q=••••"),
        ("q=917-65-4321", "q=••••"),
        ("q=ada.canary%40example.com&reported_date_from=2026-01-01&o=1.2&name=Canaryworth", "q=••••&reported_date_from=2026-01-01"),
        ("status=Ada+Canaryworth", "status=••••"),
        ("rows=reserves%3A2026-11-01%3ACanaryworth", "rows=reserves:2026-11-01"),
        ("name=Canaryworth", ""),
        ("view=all&q=••••", "view=all&q=••••"),
        ("books, payments_add_up", "books, payments_add_up"),
    ],
)
def test_entries_from_before_lose_what_was_searched_for_and_keep_the_filters(stood: str, stands: str) -> None:
    entry = masked(of_before(stood))
    assert asked_of(entry) == stands
    assert entry.object_repr == (f"Export of 7 claims: {stands}" if stands else "Export of 7 claims")
    assert (entry.additional_data or {})["rows"] == 7
    assert b"Canaryworth" not in everything()


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_chain_goes_on_over_entries_that_were_masked_and_tells_that_they_were() -> None:
    entry = of_before("q=Ada+Canaryworth")
    seal_here()
    masked(entry)
    seal_here()
    assert verify().faults == []
    assert [(each.operation, each.new) for each in of_row(entry.pk)][-1] == (
        "update",
        {"object_repr": "••••", "additional_data": "••••"},
    )

"""The bench keeps up with the schema, the API and the worklist: what `make bench` would stumble over in an hour fails here in seconds."""

import ast
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import admin, book, chart, floors, growth, leaving, report
from bench.options import BENCH, RESULTS, Options
from bench.pages import PAGES
from bench.peer import contract
from claims.models import Claim
from claims.reports.catalogue import CATALOGUE
from claims.schemas import ClaimOut
from customers.models import Customer
from policies.models import Policy
from policies.schemas import PolicyOut
from tests import needs
from vanguard.workbench.administrators import Settings
from vanguard.workbench.handing_out import NoPages
from vanguard.workbench.site import workbench

RESULT: dict[str, Any] = {
    "when": "2026-11-23T18:00+00:00",
    "commit": "abc1234",
    "machine": {"processor": "a processor", "cores": 2, "memory_gb": 8.0},
    "versions": {"django": "6.1.3"},
    "peer_versions": {"fastapi": "0.165.0"},
    "postgresql": {"server_version": "15", "shared_buffers": "128MB", "synchronous_commit": "on"},
    "options": {"repeats": 5, "seconds": 3, "workers": 2, "pool": 10, "claims": 100_000},
    "load_before": [0.1, 0.1, 0.1],
    "total_by": "count",
    "floors": {"asgi": {"rps": 30_000.0}, "pgbench": {"w1": 9_000.0, "w2": None}},
    "memory": {"ours": {"worker_mb": 120.0, "together_mb": 200.0}},
    "cells": [
        {
            "workload": "w1",
            "connections": number,
            "server": name,
            "rps": 900.0,
            "p50_ms": 1,
            "p99_ms": 9,
            "app_us": 700,
            "errors": 0,
            "ours_times": 1.5,
        }
        for number in (1, 32)
        for name in ("ours", "peer-b")
    ],
}


@pytest.fixture
def small_book(db: None) -> None:
    book.fill(customers=50, policies=100, claims=100)


@needs.postgresql
@pytest.mark.slow
@pytest.mark.usefixtures("small_book")
class TestTheBook:
    def test_the_sql_fills_todays_schema_and_passes_its_checks(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert (Customer.objects.count(), Policy.objects.count(), Claim.objects.count()) == (50, 100, 100)

    def test_personal_data_opens_with_our_keys(self) -> None:
        assert Customer.objects.latest("created_at").phone.startswith("+1 916")

    def test_a_book_is_added_to_and_not_made_twice(self) -> None:
        book.fill(customers=50, policies=100, claims=120)
        assert Claim.objects.count() == 120

    def test_the_peers_tables_take_over_every_record(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(book.statement("peers"))
            cursor.execute("SELECT (SELECT count(*) FROM peer.claims), (SELECT number FROM peer.row_counts WHERE table_name = 'policies')")
            assert cursor.fetchone() == (100, 100)

    def test_what_a_filing_leaves_is_recorded_and_referenced_with_the_peers_as_with_us(self) -> None:
        """Their tables are copies; a table of ours that a filing writes to, and that they do not have, fails here."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(book.statement("peers"))
            cursor.execute("SELECT ours::text, peers FROM peer.twins")
            twins = dict(cursor.fetchall())
            assert set(leaving.IN_FULL) <= set(twins)

            def recorded(table: str) -> list[str]:
                cursor.execute(
                    "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'recorded%%' ORDER BY 1", [table]
                )
                return [name for (name,) in cursor.fetchall()]

            def references(table: str) -> int:
                twin = "SELECT ours::oid FROM peer.twins UNION SELECT ('peer.' || peers)::regclass::oid FROM peer.twins"
                cursor.execute(
                    f"SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass AND confrelid IN ({twin})",
                    [table],
                )
                return int(cursor.fetchone()[0])

            for ours, peers in twins.items():
                assert recorded(f"peer.{peers}") == recorded(ours)
                assert references(f"peer.{peers}") == references(ours)

    def test_a_token_of_the_book_opens_the_api(self, client: Client) -> None:
        (token,) = book.tokens(1)
        policy = Policy.objects.latest("created_at")
        answer = client.get(f"/api/policies/{policy.pk}", headers={"authorization": f"Bearer {token}"})
        assert answer.json()["data"]["policyNumber"] == "POL-2025-0000001"

    def test_the_floors_statements_are_understood(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(book.statement("peers"))
            for statement in floor_statements():
                cursor.execute(f"EXPLAIN {statement}")

    @pytest.mark.slow
    def test_the_worklist_pages_that_are_measured_answer(self, client: Client) -> None:
        found = admin.measure(100, calls=0)
        assert {name for name in found if not found[name]["queries"] or found[name]["status"] != 200} == set()
        assert set(found) == set(PAGES)

    def test_the_search_pages_find_what_they_are_measured_by(self, client: Client) -> None:
        client.force_login(admin.person("Supervisor"), backend="django.contrib.auth.backends.ModelBackend")
        with CaptureQueriesContext(connection):
            answer = client.get(admin.addresses(100)["a claim number"])
        assert b"CLM-2025-0000050" in answer.content


def floor_statements() -> list[str]:
    """The floors' statements with values in place of pgbench's variables."""
    names = {"family": "gen_random_uuid()", "person": "gen_random_uuid()", "newest": "1795457000000", "policies": "100"}
    values = names | {"pages": "5", "start": "20", "i": "7", "last": "1"}
    found = []
    for name in ("w1", "w2", "w3"):
        script = floors.one_line_each((BENCH / "sql" / f"floor_{name}.sql").read_text())
        script = re.sub(r"(?m)^\\set.*$", "", script).replace("\\gset", ";")
        script = re.sub(r"(?<!:):(\w+)", lambda variable: values[variable[1]], script)
        parts = (part.strip() for part in script.split(";"))
        found += [part for part in parts if part and part not in ("BEGIN", "COMMIT")]
    return found


# Lists of settings and of people, which do not grow with the book, and pages that are forms, one's own or the operators'.
SETTINGS = {
    *("auth_group", "accounts_user", "products_product", "products_productversion", "products_coverage", "products_ratingfactor"),
}
FORMS = {
    *("accounts_user_invite", "account", "second_factor", "recovery_codes", "end_log_ins", "books_run", "packs_new", "webhooks"),
    *("webhook_new", "periodic_work", "audit_chain", "letters"),
}


@pytest.mark.once
class TestWithoutADatabase:
    def test_every_list_that_grows_with_the_book_every_page_and_every_report_is_measured(self) -> None:
        lists = {
            f"{model._meta.app_label}_{model._meta.model_name}"
            for model, shown in workbench()._registry.items()
            if not isinstance(shown, (Settings, NoPages))
        }
        pages = {page.name for page in workbench().contributions.pages if "<" not in page.route}
        expected = {f"{name}_changelist" for name in lists - SETTINGS} | pages - FORMS | {f"report/{name}" for name in CATALOGUE}
        assert expected - {page.at for page in PAGES.values()} == set()

    def test_the_peers_answer_with_the_fields_that_we_answer_with(self) -> None:
        assert tuple(PolicyOut.model_fields) == contract.POLICY_FIELDS
        assert tuple(ClaimOut.model_fields) == contract.CLAIM_FIELDS

    @pytest.mark.parametrize("file", sorted((BENCH / "peer").glob("*.py")), ids=lambda file: file.name)
    def test_a_peer_is_python_and_knows_nothing_of_ours(self, file: Any) -> None:
        tree = ast.parse(file.read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        assert not {str(name).split(".")[0] for name in imported} & {
            "config",
            "vanguard",
            "claims",
            "policies",
            "customers",
            "django",
            "bench",
        }

    def test_every_workload_that_can_be_chosen_is_in_the_script_and_has_a_name(self) -> None:
        script = (BENCH / "wrk.lua").read_text()
        assert set(Options().workloads) == set(report.WORKLOADS) == set(re.findall(r"function workloads\.(w\d)", script))

    def test_the_peers_lock_has_a_hash_for_every_package(self) -> None:
        packages = re.findall(r"(?m)^[a-z0-9][\w.\[\]-]*==.*(?:\n .*)*", (BENCH / "requirements.lock").read_text())
        assert len(packages) > 20
        assert not [package for package in packages if "--hash=sha256:" not in package]

    def test_a_results_table_tells_ratios_floors_and_memory(self) -> None:
        table = report.table(RESULT)
        assert "| W1 one policy | peer-b | 900 | 1.50 |" in table
        assert "30,000" in table
        assert "no pgbench here" in table
        assert "| ours | 120 | 200 |" in table

    def test_a_new_result_takes_the_old_ones_place_in_the_document(self) -> None:
        text = "before\n<!-- table -->\nold\n<!-- /table -->\nafter"
        assert report.between(text, "table", "new") == "before\n<!-- table -->\nnew\n<!-- /table -->\nafter"

    def test_the_document_has_a_place_for_every_result(self) -> None:
        for mark in report.RENDERED:
            report.between(report.DOCUMENT.read_text(), mark, "")

    @pytest.mark.parametrize("name", ["latest", "thin", "growth", "admin"])
    def test_results_on_file_can_be_shown(self, name: str) -> None:
        file = RESULTS / f"{name}.json"
        result = json.loads(file.read_text()) if file.exists() else RESULT
        assert "Ours: " in report.surroundings(result)

    def test_the_chart_is_a_picture_with_a_line_an_operation(self) -> None:
        picture = chart.drawn([10_000, 1_000_000], {name: [1.0, 2.0] for name in growth.OPERATIONS})
        assert picture.count("<polyline") == len(growth.OPERATIONS)

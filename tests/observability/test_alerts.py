"""Requirement 8.6: alerts that fire when they should, each with a page for whoever is woken by it; dashboards that can be read."""

import re
import shlex
import subprocess

import pytest
from django.core.management import get_commands
from django.db import connection

from tests import needs
from tests.observability.delivered import FOLDER, ROOT, RUNBOOK, alerts, dashboards, queries

NAMES = [str(rule["alert"]) for rule in alerts()]
PARTS = ("What it means", "Who sees what", "The first three commands", "How to mend it", "It is over when")


def page(name: str) -> str:
    return (RUNBOOK / f"{name}.md").read_text()


def commands(name: str) -> list[str]:
    return re.findall(r"(?s)```sh\n(.+?)\n *```", page(name))


@pytest.mark.slow
@needs.prometheus
@pytest.mark.once
@pytest.mark.parametrize("asked", ["check rules rules.yml", "check config prometheus.yml", "test rules rules_test.yml"])
def test_prometheus_itself_finds_the_rules_in_order_and_firing_as_they_should(asked: str) -> None:
    done = subprocess.run(["promtool", *asked.split()], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_each_alert_is_tested_to_fire_and_to_stay_quiet(name: str) -> None:
    cases = (FOLDER / "rules_test.yml").read_text()
    assert f"name: {name} fires\n" in cases
    assert f"name: {name} stays quiet\n" in cases


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_each_alert_has_a_page_that_says_what_to_do(name: str) -> None:
    [rule] = [rule for rule in alerts() if rule["alert"] == name]
    assert rule["labels"]["severity"] in ("page", "ticket", "info")
    assert rule["annotations"]["runbook"] == f"docs/runbook/{name}.md"
    assert re.findall(r"(?m)^## (.+)$", page(name)) == list(PARTS)
    assert len(commands(name)) == 3
    assert f"[{name}]({name}.md) | {rule['labels']['severity']} |" in (RUNBOOK / "README.md").read_text()


@pytest.mark.once
def test_there_is_no_page_without_an_alert() -> None:
    assert {path.stem for path in RUNBOOK.glob("*.md")} == {*NAMES, "README"}


@pytest.mark.once
def test_the_pages_name_commands_and_documents_that_there_are() -> None:
    told = "".join(page(name) for name in NAMES)
    assert set(re.findall(r"manage\.py ([a-z_]+)", told)) <= set(get_commands())
    for document in re.findall(r"docs/[a-z-]+\.md", told):
        assert (ROOT / document).exists(), document


@needs.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in NAMES if "psql" in page(name)])
def test_the_pages_statements_are_understood_by_the_database(name: str) -> None:
    for command in commands(name):
        if command.startswith("psql"):
            statement = shlex.split(command.replace('"$DATABASE_URL"', "url"))[-1]
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {statement}")


@pytest.mark.once
def test_a_dashboards_panels_are_told_apart_and_do_not_overlap() -> None:
    for name, board in dashboards().items():
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(numbers) == len(set(numbers)), name
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert at["x"] + at["w"] <= 24, panel["title"]
            assert not own & taken, panel["title"]
            taken |= own


@pytest.mark.once
def test_panels_ask_the_source_that_the_reader_chose() -> None:
    for board in dashboards().values():
        assert [each["name"] for each in board["templating"]["list"]] == ["source"]
        assert {panel["datasource"]["uid"] for panel in board["panels"] if panel["type"] != "row"} == {"${source}"}
    assert len(queries()) > 40

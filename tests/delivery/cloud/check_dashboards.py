"""Dashboards by Grafana's own types: nothing in them is unknown to it, and a planted mistake is found.

That each panel's query finds something is asked of a live Prometheus (tests/observability/test_scraped.py). No Grafana server is to be
had as a package: how they look is seen by nobody here.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.cloud.bench import TOOLS, Ended, run
from tests.observability.delivered import FOLDER, dashboards


def round_trip(file: Path) -> Ended:
    return run(TOOLS / "python", Path(__file__).with_name("grafana_round_trip.py"), file)


@pytest.mark.parametrize("name", dashboards())
def test_grafana_knows_everything_in_a_dashboard(name: str) -> None:
    ended = round_trip(FOLDER / "dashboards" / name)
    assert ended.status == 0, ended.output


def panel(board: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in board["panels"] if each.get("targets"))


MISTAKES: dict[str, Callable[[dict[str, Any]], None]] = {
    ".refreshed": lambda board: board.update(refreshed="30s"),
    ".titel": lambda board: panel(board).update(titel="Requests"),
    ".legend": lambda board: panel(board)["targets"][0].update(legend="{{status}}"),
    ".units": lambda board: panel(board)["fieldConfig"]["defaults"].update(units="s"),
}


@pytest.mark.parametrize("key", MISTAKES)
def test_a_planted_key_that_grafana_does_not_know_is_found(tmp_path: Path, key: str) -> None:
    board = next(iter(dashboards().values()))
    MISTAKES[key](board)
    (tmp_path / "board.json").write_text(json.dumps(board))
    ended = round_trip(tmp_path / "board.json")
    assert ended.status == 1
    assert ended.output.strip().endswith(f"{key} is unknown")
    assert len(ended.output.splitlines()) == 1, "and nothing else"

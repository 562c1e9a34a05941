"""What lies in deploy/observability: alerts, dashboards, and the metrics that they stand on."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "observability"
RUNBOOK = ROOT / "docs" / "runbook"
METRIC = re.compile(r"\b(?:vanguard|insurance)_[a-z_]+")


def alerts() -> list[dict[str, Any]]:
    """The rules, as they stand in rules.yml."""
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboards() -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))}


def queries() -> list[tuple[str, str]]:
    """Of each panel: where it stands, and what it asks."""
    return [
        (f"{name}: {panel['title']}", target["expr"])
        for name, board in dashboards().items()
        for panel in board["panels"]
        for target in panel.get("targets", [])
    ]


def metrics_used() -> set[str]:
    """By rules and panels. A histogram's parts are under the histogram's name."""
    asked = [str(rule["expr"]) for rule in alerts()] + [query for _, query in queries()]
    return {re.sub(r"_(bucket|sum|count)$", "", name) for query in asked for name in METRIC.findall(query)}

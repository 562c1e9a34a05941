"""Requirement 7.1: the projects, their targets, and what may be taken from the cache. `make frontend` runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.frontend.conftest import ROOT

pytestmark = pytest.mark.once
NX: dict[str, Any] = json.loads((ROOT / "nx.json").read_text())
PROJECTS: dict[str, dict[str, Any]] = {
    project["name"]: project | {"root": path.parent.relative_to(ROOT)}
    for path in [*ROOT.glob("apps/*/project.json"), *ROOT.glob("libs/shared/*/project.json")]
    for project in [json.loads(path.read_text())]
}


def test_the_api_has_its_targets_and_points_at_this_repositorys_root() -> None:
    api = PROJECTS["api"]
    assert set(api["targets"]) == {"serve", "build", "test", "lint", "docker-build"}
    assert (ROOT / api["root"] / "project.json").samefile(ROOT / "apps/api/project.json")
    assert {target["options"]["cwd"] for target in api["targets"].values()} == {"{workspaceRoot}"}
    assert api["implicitDependencies"] == ["shared-types", "shared-utils"]


@pytest.mark.parametrize("name", ["shared-types", "shared-utils", "shared-api-client"])
def test_a_library_has_build_test_and_lint(name: str) -> None:
    assert {"build", "test", "lint"} <= set(PROJECTS[name]["targets"])


def test_build_test_lint_and_e2e_are_cached_and_what_asks_a_running_server_is_not() -> None:
    assert {name for name, target in NX["targetDefaults"].items() if target["cache"]} == {"build", "test", "lint", "e2e"}
    assert PROJECTS["shared-api-client"]["targets"]["live"]["cache"] is False


def test_a_change_passes_the_apis_lint_and_build_as_nx_runs_them() -> None:
    """With its types and import contracts: `.ci/run` has no second way to them."""
    assert PROJECTS["api"]["targets"]["lint"]["command"] == "make lint types contracts"
    assert 'make frontend ARGS="run-many --targets=lint,build --projects=api"' in (ROOT / ".ci/run").read_text()


def test_affected_is_seen_from_main_and_nothing_leaves_the_machine() -> None:
    assert (NX["defaultBase"], NX["neverConnectToCloud"], NX["analytics"]) == ("main", True, False)


def test_every_command_of_a_project_names_what_is_there() -> None:
    """A path that a target reads is in the repository, whatever makes the packages."""
    named = [
        word
        for project in PROJECTS.values()
        for target in project["targets"].values()
        for word in target.get("command", "").split()
        if word.startswith(("libs/", "apps/", "tests/"))
    ]
    assert named
    assert [path for path in named if not Path(ROOT, path).exists()] == []


def test_the_portal_can_be_served_built_tested_and_linted() -> None:
    assert {"serve", "build", "test", "lint", "e2e"} <= set(PROJECTS["portal"]["targets"])

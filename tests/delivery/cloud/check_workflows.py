"""GitHub's workflows: valid by its schema, by actionlint, and with no way in that zizmor knows; each check finds a planted mistake."""

import shutil
from pathlib import Path

import pytest

from tests.delivery.cloud.bench import TOOLS, Ended, run
from tests.delivery.servers import ROOT
from tests.needs import node_path

WORKFLOWS = ROOT / ".github" / "workflows"
MISTAKES = {
    "schema": ("runs-on: ubuntu-24.04", "run-on: ubuntu-24.04"),
    "actionlint": ("needs: build", "needs: built"),
    "zizmor": ('deploy --image "$IMAGE"', 'deploy --image "${{ inputs.image }}"'),
}


def schema(folder: Path) -> Ended:
    return run(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(folder.glob("*.yml")))


def actionlint(folder: Path) -> Ended:
    program = ROOT / ".venv-delivery" / "node_modules" / "@tktco" / "node-actionlint" / "bin"
    assert program.exists(), "Run `make delivery`: it brings actionlint."
    command = next(each for each in program.parent.parent.parent.joinpath(".bin").iterdir() if each.name == "node-actionlint")
    # It takes one pattern, and of several files would look at the first.
    return run(str(node_path()), command, f"{folder}/*.yml")


def zizmor(folder: Path) -> Ended:
    return run(TOOLS / "zizmor", "--offline", "--min-severity", "medium", folder)


CHECKS = {"schema": schema, "actionlint": actionlint, "zizmor": zizmor}


@pytest.mark.parametrize("name", CHECKS)
def test_they_are_as_they_should_be(name: str) -> None:
    ended = CHECKS[name](WORKFLOWS)
    assert ended.status == 0, ended.output


@pytest.mark.parametrize("name", CHECKS)
def test_a_mistake_is_found(name: str, tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    shutil.copytree(WORKFLOWS, folder)
    before, after = MISTAKES[name]
    changed = [file for file in folder.glob("*.yml") if before in file.read_text()]
    assert changed
    for file in changed:
        file.write_text(file.read_text().replace(before, after))
    assert CHECKS[name](folder).status != 0

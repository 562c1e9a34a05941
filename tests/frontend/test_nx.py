"""Requirement 7.1, by running it: every project builds, is linted and tested by Nx, and the second time Nx answers from its cache.

`make frontend` does the same later and finds all of it done, so these tests cost a run in a fresh clone nothing.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import needs
from tests.frontend.conftest import ROOT
from tools import frontend

pytestmark = [pytest.mark.once, pytest.mark.slow, needs.node]
PATIENCE_SECONDS = 900
EVERYTHING = ("run-many", "--targets=lint,test,build", "--projects=tag:lang:typescript")


class Hits(tuple[int, int]):
    """Of how many tasks Nx had the result, and how many there were."""

    @property
    def all_of_them(self) -> bool:
        return self[0] == self[1] > 0


def nx(*arguments: str, folder: Path = ROOT) -> Hits:
    """Nx's own summary of a run that succeeded."""
    done = subprocess.run(
        [*frontend.nx(), *arguments], cwd=folder, env=frontend.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    told = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert done.returncode == 0, told
    counted = re.search(r"Cache:\s+(\d+)/(\d+) hit", told)
    assert counted, told
    return Hits((int(counted[1]), int(counted[2])))


@pytest.mark.parametrize(
    ("run", "tasks"), [(EVERYTHING, 12), (("run", "api:build"), 3)], ids=["all of TypeScript's", "the API's build with what it needs"]
)
def test_every_project_runs_and_the_second_time_all_of_it_is_in_the_cache(run: Sequence[str], tasks: int) -> None:
    assert nx(*run)[1] == tasks
    again = nx(*run)
    assert again.all_of_them
    assert again[1] == tasks


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The workspace as a clone has it, with the packages at hand; nothing was ever run in it."""
    copy = tmp_path / "clone"
    kept = ("libs", "apps", "*.json", "*.js", "*.ts", ".npmrc")
    listed = subprocess.run(["git", "ls-files", "-z", *kept], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    (copy / "node_modules").symlink_to(frontend.install())
    return copy


def test_in_a_fresh_clone_nothing_is_in_the_cache_and_what_changed_is_done_again(fresh: Path) -> None:
    run = ("run-many", "--targets=lint,build", "--projects=shared-types,shared-utils")
    assert nx(*run, folder=fresh) == (0, 4)
    shutil.rmtree(fresh / "dist")
    assert nx(*run, folder=fresh).all_of_them
    assert any((fresh / "dist").rglob("*.js")), "what was built comes back from the cache too"
    source = fresh / "libs/shared/utils/src/index.ts"
    source.write_text(f"{source.read_text()}\nexport const changed = true;\n")
    assert nx(*run, folder=fresh) == (2, 4)

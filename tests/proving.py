"""What `make security` and `make faults` have in common: the tests of a row, run in a process of their own, and whether they prove it.

They run on PostgreSQL and Redis where there are any, and nothing may be skipped (REQUIRE_ALL, tests/needs.py): a row whose tests did not
run has shown nothing, however well that ended.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.delivery.servers import ROOT
from tools import services
from tools.test import NOT_INHERITED

PASSED = re.compile(r"\b(\d+) passed\b")
Figure = tuple[str, str]


class Proof(NamedTuple):
    """How pytest ended, how many tests passed, what it wrote, and the figures that the tests kept: of which row, and in words."""

    ended: int
    passed: int
    said: str
    figures: list[Figure]

    @property
    def holds(self) -> bool:
        return self.ended == 0 and self.passed > 0

    @property
    def closing(self) -> str:
        """pytest's own last words."""
        return next((line for line in reversed(self.said.splitlines()) if line.strip()), "nothing was said")


def servers_here() -> dict[str, str]:
    """The variables by which tests use what answers on this machine."""
    found = {"DATABASE_URL": services.postgresql_url(), "REDIS_URL": services.redis_url()}
    return {name: url for name, url in found.items() if url}


def proof_of(*arguments: str, figures: str, most_seconds: int, variables: Mapping[str, str] = {}) -> Proof:
    """Runs pytest with these arguments. `figures` names the variable by which the tests learn where figures are kept."""
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--show-capture=no", "--create-db", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "figures"
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        environment = inherited | servers_here() | {"REQUIRE_ALL": "1", figures: str(kept)} | dict(variables)
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=most_seconds)
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(command, 1, f"not done after {most_seconds} s", "")
        told = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    said = done.stdout + done.stderr
    return Proof(done.returncode, _passed(said), said, [(of, words) for of, words in told])


def _passed(said: str) -> int:
    """As the last line that counts says."""
    counted = PASSED.findall(said)
    return int(counted[-1]) if counted else 0


def keep(variable: str, row: str, words: str) -> None:
    """Puts a row's figure where the runner reads it; without a runner it is printed."""
    if kept := os.environ.get(variable):
        with Path(kept).open("a") as lines:
            lines.write(json.dumps([row, words]) + "\n")
    else:
        sys.stdout.write(f"\n{row}: {words}\n")


def tell(name: str, of: str, proof: Proof, seconds: float) -> bool:
    """A row's line, its figures, and where it fails why; whether it holds. One without a figure of its own does not."""
    figures = Counter(words for row, words in proof.figures if row == name)
    holds = proof.holds and bool(figures)
    print(f"{name:4} {of}: {'holds' if holds else 'FAILS'} · {proof.closing} · {seconds:.0f} s", flush=True)
    for words, times in figures.items():
        print(f"     {words}{f' ({times} times)' if times > 1 else ''}", flush=True)
    if not figures:
        print("     No figure was kept.", flush=True)
    if not proof.holds:
        print(proof.said[-4000:], flush=True)
    return holds

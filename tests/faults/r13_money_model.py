"""R13: eight threads reserve, pay, stop, void, recover, close and reopen the same four claims, and a model follows each step."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.delivery.servers import ROOT
from tests.faults import figure, size
from tests.faults.money import CLAIMS, THREADS
from tests.faults.parts import Postgres
from tests.live import manage, server_environment

STEPS, MOST_SECONDS = size("steps", 10_000), 1_800


def test_the_books_are_those_of_the_model_after_each_step(database: Postgres, tmp_path: Path) -> None:
    variables = server_environment(tmp_path, 0) | {"DATABASE_URL": database.url(), "LOG_LEVEL": "ERROR"}
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.faults.money", str(STEPS)]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    seconds = time.monotonic() - began
    manage(variables, "audit_seal")
    manage(variables, "verify_all")
    steps = sum(said["done"].values())
    told = ", ".join(f"{count:,} {name}" for name, count in said["done"].items())
    held = f"{steps:,} steps by {THREADS} threads on {CLAIMS} claims in {seconds:.0f} s: {len(said['violations'])} violations"
    figure("R13", f"{held}, everything verified ({told})")
    assert said["violations"] == []
    assert steps >= STEPS
    # Each kind of step was done, and not only refused.
    kinds = {
        "reserve",
        "pay",
        "approve",
        "issue",
        "clear",
        "stop",
        "void",
        "recover",
        "take a recovery back",
        "close",
        "reopen",
        "approve the claim",
    }
    assert kinds <= set(said["done"])

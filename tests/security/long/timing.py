"""S6, long: whether the time of an answer tells who has an account. Most of it is tests/security/measure_who_has_an_account.py."""

import os
import re
import subprocess
import sys

from tests.delivery.servers import ROOT
from tests.security.long import figure

PAIRS = os.environ.get("TIMING_PAIRS", "500")
# By chance one measurement in a hundred says so. What does so twice, one after the other, is no chance.
TELLS = 0.01


def measured() -> dict[str, str]:
    """What was found, by way in."""
    command = [sys.executable, "-m", "tests.security.measure_who_has_an_account", PAIRS]
    own = {name: value for name, value in os.environ.items() if name not in ("ENVIRONMENT", "DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    said = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split(": ", 1) for line in said if " pairs, " in line)


def telling(found: dict[str, str]) -> set[str]:
    return {name for name, line in found.items() if float(re.findall(r"p = ([0-9.]+)", line)[0]) < TELLS}


def test_the_time_of_an_answer_does_not_tell_who_has_an_account() -> None:
    found = measured()
    assert len(found) == 2
    for name, line in found.items():
        figure("S6", f"{name}: {line}")
    if suspected := telling(found):
        again = measured()
        for name in sorted(suspected):
            figure("S6", f"{name}, once more: {again[name]}")
        assert not suspected & telling(again), (found, again)

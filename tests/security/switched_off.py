"""A plugin of pytest (`-p tests.security.switched_off`): each test that is named in controls.py runs without its control, and is to fail.

What came of each is written to SWITCHED_OFF, a line a test.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import connection

from tests.security.controls import CONTROLS, Control


def control_of(nodeid: str) -> Control:
    """A test of many parameters stands for each of them."""
    return next(each for each in CONTROLS if each.test in (nodeid, nodeid.partition("[")[0]))


@pytest.fixture(autouse=True)
def _its_control_is_off(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    control = control_of(request.node.nodeid)
    if control.is_in_database:
        if connection.vendor != "postgresql":
            pytest.skip("PostgreSQL holds it")  # a trigger or a policy, which SQLite does not have
        request.getfixturevalue("db")
    control.off(monkeypatch)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if (report.when == "call" or report.skipped) and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(os.environ["SWITCHED_OFF"]).open("a") as kept:
            kept.write(json.dumps([control_of(report.nodeid).name, report.outcome]) + "\n")

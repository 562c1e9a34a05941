"""A plugin of pytest (`-p tests.security.switched_off`): each test that is named in controls.py runs without its control, and is to fail.

What came of each is written to SWITCHED_OFF, a line a test.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.security.controls import CONTROLS, Control


def control_of(nodeid: str) -> Control:
    """A test of many parameters stands for each of them."""
    return next(each for each in CONTROLS if each.test in (nodeid, nodeid.partition("[")[0]))


@pytest.fixture(autouse=True)
def _its_control_is_off(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    control = control_of(request.node.nodeid)
    if control.in_database is None:
        control.off(monkeypatch)
    elif connection.vendor != "postgresql":
        pytest.skip("PostgreSQL holds it")  # a trigger or a policy, which SQLite does not have
    held = control.in_database or control.second_net
    if held is None or connection.vendor != "postgresql":
        yield
        return
    request.getfixturevalue("db")
    held.off()
    yield
    # A test's own transaction takes it back; one that commits would leave it to those that come.
    if not connection.in_atomic_block:
        held.on()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if (report.when == "call" or report.skipped) and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(os.environ["SWITCHED_OFF"]).open("a") as kept:
            kept.write(json.dumps([control_of(report.nodeid).name, report.outcome]) + "\n")

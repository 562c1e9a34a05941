"""How the tests are read: four processes of `make test` read the same three hundred files, and each file is worth reading once.

Loaded by pytest from conftest.py.
"""

import gc
import importlib
import os
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a test leaves behind is looked for after so many new objects, not after Django's and pytest's own in between.
OBJECTS, YOUNG, MIDDLING = 20_000, 10, 20


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """In a run of all tests each process begins with other files. pytest's rewriting of their assertions, which it keeps, takes longer
    than all else about reading them; so each process finds most of it done by the others.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    # A quarter of them further for each worker of this round, and an eighth for the other round's.
    first = len(files) * (2 * int(worker.removeprefix("gw")) + (os.environ.get("TEST_AGAIN") == "1")) // 4 % len(files)
    for file in files[first:] + files[:first]:
        with suppress(Exception, pytest.skip.Exception):  # it is read again, and then it is told what is wrong with it
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was made until now stays until the tests end: nothing of it is worth looking for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, YOUNG, MIDDLING)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Python looks through everything once more when it ends, and what it finds is of no use to anybody."""
    gc.freeze()

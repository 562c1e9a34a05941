"""Request lines are written together, within milliseconds, in order, and none is lost when a worker ends."""

import asyncio
import io
import logging
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.live import live_server
from vanguard.observability.logs import LONGEST_WAIT, MOST_WAITING, LineHandler

REQUESTS = 60


def record(name: str, text: str) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "", 0, text, None, None)
    made.created = 1_000_000.0  # all at the same instant, however slow the machine
    return made


@pytest.mark.once
async def test_lines_of_requests_wait_for_each_other_and_no_other_line_waits() -> None:
    stream = io.StringIO()
    handler = LineHandler(stream)
    handler.handle(record("vanguard.requests", "first"))
    handler.handle(record("vanguard.requests", "second"))
    assert stream.getvalue() == ""
    handler.handle(record("insurance.events", "third"))
    assert stream.getvalue() == "first\nsecond\nthird\n"
    handler.handle(record("vanguard.requests", "fourth"))
    await asyncio.sleep(LONGEST_WAIT * 20)
    assert stream.getvalue().endswith("fourth\n")


@pytest.mark.once
async def test_no_more_than_a_few_wait() -> None:
    stream = io.StringIO()
    handler = LineHandler(stream)
    for number in range(MOST_WAITING):
        handler.handle(record("vanguard.requests", str(number)))
    assert stream.getvalue().count("\n") == MOST_WAITING


@pytest.mark.once
def test_where_no_loop_runs_a_line_is_written_at_once() -> None:
    stream = io.StringIO()
    LineHandler(stream).handle(record("vanguard.requests", "alone"))
    assert stream.getvalue() == "alone\n"


@pytest.mark.once
async def test_what_waits_is_written_when_the_handler_is_closed() -> None:
    stream = io.StringIO()
    handler = LineHandler(stream)
    handler.handle(record("vanguard.requests", "last"))
    handler.flush()
    assert stream.getvalue() == "last\n"


@pytest.mark.once
@pytest.mark.slow
def test_a_worker_that_ends_has_written_every_line() -> None:
    with live_server() as server:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda number: httpx.get(f"{server.url}/api/nothing/{number}"), range(REQUESTS)))
        log = server.log
        # The folder goes with the server, so it is read by whoever ends it: a copy of the open file.
        kept = log.open()
    lines = kept.read()
    kept.close()
    assert sum(f'"path":"/api/nothing/{number}"' in lines for number in range(REQUESTS)) == REQUESTS

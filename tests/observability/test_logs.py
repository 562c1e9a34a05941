"""Requirement 8.2: JSON lines with what an operator needs, and nothing that is secret or personal."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.live import crashes_among
from tests.observability.lines import formatted
from vanguard import context
from vanguard.observability.logs import logging_config
from vanguard.observability.redaction import _SHAPES, scrub_text

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    tokens = context.correlation_id.set(""), context.user_id.set("")
    yield
    context.correlation_id.reset(tokens[0])
    context.user_id.reset(tokens[1])


def record(message: str = "Done", *args: object, extra: dict[str, Any] | None = None, error: bool = False) -> logging.LogRecord:
    logger = logging.getLogger("claims.services")
    exc_info = sys.exc_info() if error else None
    return logger.makeRecord(
        "claims.services", logging.INFO, "/app/claims/services.py", 42, message, args, exc_info, "approve_claim", extra
    )


def line(*args: Any, **kwargs: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(formatted(record(*args, **kwargs)))
    return told


def test_a_line_has_every_field() -> None:
    told = line("Approved %s", "CLM-2026-000007", extra={"claim_number": "CLM-2026-000007"})
    moment = datetime.fromisoformat(told.pop("timestamp"))
    assert moment.tzinfo == UTC
    assert told == {
        "level": "info",
        "logger": "claims.services",
        "message": "Approved CLM-2026-000007",
        "module": "services",
        "function": "approve_claim",
        "line": 42,
        "claim_number": "CLM-2026-000007",
        "correlation_id": None,
        "user_id": None,
        "exception": None,
    }


@pytest.mark.parametrize(("level", "found"), [(logging.WARNING, False), (logging.ERROR, True), (logging.CRITICAL, True)])
def test_who_looks_for_crashes_in_the_log_finds_them_as_they_are_spelled(level: int, found: bool) -> None:
    written = record()
    written.levelno, written.levelname = level, logging.getLevelName(level)
    told = json.loads(formatted(written))
    assert crashes_among([told]) == ([told] if found else [])


def test_a_line_names_its_request_and_user() -> None:
    context.correlation_id.set("case-2026-1")
    context.user_id.set("0199b6a2")
    told = line()
    assert (told["correlation_id"], told["user_id"]) == ("case-2026-1", "0199b6a2")


def test_an_exception_is_told_without_local_variables() -> None:
    password = "canary-" + "7731"
    try:
        raise ValueError("no such limit")
    except ValueError:
        told = line("Failed", error=True)
    assert "ValueError: no such limit" in told["exception"]
    assert password not in told["exception"]


def test_values_of_any_type_make_a_line() -> None:
    extra = {
        "amount": Decimal("1234.50"),
        "claim_id": UUID(int=7),
        "at": datetime(2026, 11, 23, tzinfo=UTC),
        "codes": {"a"},
        "what": object,
    }
    told = line(extra=extra)
    assert (told["amount"], told["claim_id"]) == ("1234.50", str(UUID(int=7)))


def test_a_compliance_events_line_is_as_the_processors_make_any() -> None:
    """It is written without them, because each write of the API has one."""
    details = {"id": UUID(int=7), "amount": Decimal("12.30"), "deep": {"password": "hunter2", "text": "of jane@example.com"}, "none": None}
    extra = {"event_type": "claim_submitted", "details": details, "compliance_log": True, "user_id": "7"}
    event, other = record("claim_submitted", extra=extra), record("claim_submitted", extra=extra)
    event.name = "insurance.events"
    other.created = event.created
    written = json.loads(formatted(event))
    by_processors: dict[str, Any] = json.loads(formatted(other)) | {"logger": "insurance.events"}
    assert written.keys() == by_processors.keys()
    assert {name: value for name, value in written.items() if name != "timestamp"} == {
        name: value for name, value in by_processors.items() if name != "timestamp"
    }
    assert "jane" not in str(written)


def test_a_message_cannot_begin_a_second_line() -> None:
    assert "\n" not in formatted(record("one\ntwo\r\n%s", '{"level": "critical"}'))


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "access_token", "X-Device-Token", "Authorization", "Set-Cookie", "ssn", "api_key", "email"],
)
def test_secrets_are_redacted_by_name_however_deep(name: str) -> None:
    told = line(extra={name: "canary-7731", "request": {"items": [{name: "canary-7731"}]}})
    assert "canary-7731" not in json.dumps(told)
    assert told[name] == "[redacted]"


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        ("sent to harold.finch@example.com", "harold.finch"),
        ("SSN 123-45-6789", "123-45-6789"),
        ("SSN 123 45 6789.", "6789"),
        ("SSN 123456789", "123456789"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "eyJ"),
        ("postgres://vanguard:hunter2-canary@db:5432/x", "hunter2"),
        ("DETAIL:  Key (email)=(Harold Finch) already exists.\nNEXT", "Harold"),
        ("Key (phone)=(+1 916 555 0142) already exists", "0142"),
        ('New login failure by {username: "canary-7731", ip_address: "127.0.0.1"}', "canary-7731"),
        ("{'email': 'canary', 'new_password': 'canary-7731'}", "canary"),
        ("/reset?token=canary-7731&page=2", "canary-7731"),
        ("Failing row contains (7, Harold, Finch).", "Harold"),
        ("[type=string_type, input_value='Harold Finch', input_type=str]", "Harold"),
    ],
)
def test_personal_data_is_known_by_its_shape(text: str, canary: str) -> None:
    assert canary not in scrub_text(text)
    assert canary not in json.dumps(line("%s", text, extra={"note": text, "notes": [text]}))
    try:
        raise ValueError(text)
    except ValueError:
        assert canary not in json.dumps(line("Failed", error=True))


@pytest.mark.parametrize("text", ["about ٣٣٣-٣٣-٣٣٣٣", "BASIC dXNlcjpwYXNz", "Pa\u017f\u017fword=canary", "call (916) 555-0142 now"])
def test_a_shape_is_looked_for_wherever_it_could_be(text: str) -> None:
    """Most texts are not looked through for most shapes: only where a part that each of its texts has is missing."""
    by_all = text
    for shape, replacement, _ in _SHAPES:
        by_all = shape.sub(replacement, by_all)
    assert scrub_text(text) == by_all != text


@pytest.mark.parametrize(
    "text",
    [
        "POL-2026-000123",
        "0199b6a2-7c11-7a5e-9f40-123456789012",
        "2026-11-23T13:35:57Z",
        "/api/claims/17",
        "$1,208,755,403.20",
        "10.0.101.17:8000",
    ],
)
def test_what_is_nobodys_is_left_alone(text: str) -> None:
    assert scrub_text(text) == text


def test_what_has_no_form_in_json_is_told_without_personal_data() -> None:
    class Quoting:
        def __repr__(self) -> str:
            return "<Request /customers?ssn=123-45-6789>"

    assert "6789" not in json.dumps(line(extra={"request": Quoting(), "object": Quoting(), "objects": [Quoting()]}))


@pytest.mark.parametrize("piece", ["x", "1", "a.", "x@", "eyJ", "Key (", "Key (a)=(", "input_value=", "://", "password", "Bearer ", "\n"])
def test_a_long_text_does_not_take_long(piece: str) -> None:
    started = time.thread_time()  # of the processor: a neighbour does not count
    scrub_text(piece * (200_000 // len(piece)))
    assert time.thread_time() - started < 1


def test_development_has_a_line_to_read() -> None:
    told = formatted(record("GET /api/claims 200", extra={"duration_ms": 9.1}), "development")
    assert told.endswith("INFO    claims.services GET /api/claims 200 (9.1 ms)")


@pytest.mark.parametrize(
    ("level", "environment", "used"),
    [("", "production", "INFO"), ("", "staging", "DEBUG"), ("debug", "production", "DEBUG"), ("WARNING", "staging", "WARNING")],
)
def test_the_level_is_the_variables_or_the_environments(level: str, environment: str, used: str) -> None:
    assert logging_config(level, environment)["root"]["level"] == used


def test_compliance_lines_are_written_at_any_level() -> None:
    loggers = logging_config("ERROR", "production")["loggers"]
    assert (loggers["vanguard.requests"]["level"], loggers["insurance.events"]["level"]) == ("INFO", "INFO")

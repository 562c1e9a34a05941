"""Requirement 4.8: one line accounts for each request, with nothing in it that is secret or personal."""

import asyncio
import json
from datetime import datetime, timedelta
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.test import AsyncClient
from pytest_django import Settings
from structlog.stdlib import ProcessorFormatter

from tests.factories import UserFactory
from tests.observability.lines import formatted
from tests.web.conftest import Visitor
from vanguard.observability.logs import logging_config
from vanguard.web.requestlog import mask_query, shown_path

SSN, EMAIL, TOKEN = "123-45-6789", "harold.finch@example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__ for record in caplog.records if record.name == "vanguard.requests"]


@pytest.mark.once
async def test_each_request_has_one_line(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    thing = "0199b6a2-7c11-7a5e-9f40-1234567890ab"
    headers = {"User-Agent": "probe/1.0", "Referer": "http://localhost/admin/?q=Finch", "X-Correlation-ID": "case-2026-1"}
    await visitor("203.0.113.9").get(f"/api/things/{thing}?page=2&q=Finch", headers=headers)
    [line] = lines(caplog)
    told = {name: line[name] for name in ("method", "path", "query", "endpoint", "status", "client_ip", "user_agent", "referrer")}
    assert told == {
        "method": "GET",
        "path": f"/api/things/{thing}",
        "query": "page=2&q=***",
        "endpoint": "/api/things/{thing_id}",
        "status": 200,
        "client_ip": "203.0.113.9",
        "user_agent": "probe/1.0",
        "referrer": "http://localhost/admin/",
    }
    assert line["duration_ms"] > 0
    assert line["bytes"] > 0


@pytest.mark.once
async def test_the_user_is_named_by_id(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    client = visitor()
    await client.get("/as/0199b6a2")
    await client.get("/api/echo")
    await client.get("/thread")
    assert [line.get("user_id") for line in lines(caplog)] == ["0199b6a2", None, "set-in-a-thread"]


@pytest.mark.django_db(transaction=True)
async def test_the_user_of_a_session_is_named_too(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    user = await asyncio.to_thread(UserFactory.create, is_staff=True, is_superuser=True)
    settings.ROOT_URLCONF = "tests.web.views"
    client = AsyncClient()
    await client.aforce_login(user, backend="django.contrib.auth.backends.ModelBackend")
    await client.get("/who")
    assert lines(caplog)[-1]["user_id"] == str(user.pk)


@pytest.mark.once
async def test_secrets_and_people_stay_out_of_it(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    secret = {
        "Authorization": f"Bearer {TOKEN}",
        "Cookie": f"sessionid={TOKEN}",
        "X-Device-Token": TOKEN,
        "X-Api-Key": TOKEN,
        "X-CSRFToken": TOKEN,
    }
    headers = secret | {"Referer": f"http://localhost/reset/?token={TOKEN}", "X-Note": f"about {EMAIL}"}
    await visitor().get(f"/api/customers/{EMAIL}?ssn={SSN}&{SSN}&status={SSN}&{EMAIL}=1", headers=headers)
    written = "".join(formatted(record) for record in caplog.records)
    assert "vanguard.requests" in written
    for canary in (SSN, EMAIL, TOKEN, "sessionid"):
        assert canary not in written, canary


@pytest.mark.once
async def test_written_directly_it_is_what_the_processors_would_write(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    headers = {"User-Agent": f"curl {EMAIL}", "X-Note": f"{SSN} {TOKEN}", "X-Api-Key": TOKEN, "Referer": f"http://localhost/{EMAIL}"}
    await visitor().get(f"/api/customers/{EMAIL}?status={SSN}&page=2", headers=headers)
    await visitor().get("/as/maya")
    for record in (record for record in caplog.records if record.name == "vanguard.requests"):
        config = logging_config("INFO", "production")
        formatter: Any = DictConfigurator(config).configure_formatter(config["formatters"]["line"])
        directly, processed = json.loads(formatter.format(record)), json.loads(ProcessorFormatter.format(formatter, record))
        moments = [datetime.fromisoformat(line.pop("timestamp")) for line in (directly, processed)]
        assert directly == processed
        assert abs(moments[0] - moments[1]) < timedelta(seconds=60)


@pytest.mark.once
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/policies/0199b6a2-7c11-7a5e-9f40-1234567890ab", "/api/policies/0199b6a2-7c11-7a5e-9f40-1234567890ab"),
        ("/api/policies/12345678-1234-1234-1234-123456789012/claims", "/api/policies/12345678-1234-1234-1234-123456789012/claims"),
        (f"/api/customers/0199b6a2-7c11-7a5e-9f40-1234567890ab/{EMAIL}", "/api/customers/0199b6a2-7c11-7a5e-9f40-1234567890ab/[e-mail]"),
        ("/api/customers/0199b6a2-7c11-7a5e-9f40-1234567890ab@example.com", "/api/customers/[e-mail]"),
        (f"/api/{SSN}/0199b6a2-7c11-7a5e-9f40-1234567890ab", "/api/[number]/0199b6a2-7c11-7a5e-9f40-1234567890ab"),
    ],
)
def test_an_id_in_the_path_hides_nothing_that_stands_beside_it(path: str, shown: str) -> None:
    assert shown_path(path) == shown


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("", ""),
        ("page=2&page_size=50&cursor=abc&sort=-createdAt&status=pending", "page=2&page_size=50&cursor=abc&sort=-createdAt&status=pending"),
        ("q=Finch&page=1", "q=***&page=1"),
        ("policy_type=auto", "policy_type=***"),
        ("Finch", "***"),
        ("harold.finch=1", "***"),
        ("status=123-45-6789", "status=[number]"),
        ("=x", "***"),
    ],
)
def test_values_are_masked_but_for_those_that_say_nothing_of_people(query: str, masked: str) -> None:
    assert mask_query(query) == masked


@pytest.mark.once
async def test_a_client_that_goes_away_is_accounted_for(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    task = asyncio.create_task(visitor().get("/forever"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(line["path"], line["status"]) for line in lines(caplog)] == [("/forever", 499)]

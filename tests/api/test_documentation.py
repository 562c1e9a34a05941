import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from config.api import api
from tests.api.calling import Caller
from vanguard.http.api import EnvelopedAPI
from vanguard.http.schema import In, Out


@pytest.fixture
def client() -> Client:
    return Client()


def test_the_schema_has_the_title_the_version_and_every_operation(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    assert (schema["info"]["title"], schema["info"]["version"]) == ("VanguardAI Insurance Platform", "1.0.0")
    identifiers = [operation["operationId"] for methods in schema["paths"].values() for operation in methods.values()]
    assert len(identifiers) == len(set(identifiers))
    assert schema["components"]["securitySchemes"]["Bearer"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def test_no_name_stands_twice_in_an_object_of_the_schema(client: Client) -> None:
    """Readers that are strict about it draw nothing at all."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({name for name, _ in pairs}) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    json.loads(client.get("/api/openapi.json").content, object_pairs_hook=once)


def test_every_operation_documents_its_error_and_every_reference_leads_somewhere(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    schema = answer.json()
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorResponse")
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.content.decode()))
    assert names <= set(schema["components"]["schemas"])


def test_what_takes_an_etag_says_that_it_may_answer_304_with_nothing(client: Client) -> None:
    operations = [operation for methods in client.get("/api/openapi.json").json()["paths"].values() for operation in methods.values()]
    takes = [operation for operation in operations if "If-None-Match" in {given["name"] for given in operation["parameters"]}]
    assert len(takes) > 8
    assert all("content" not in operation["responses"]["304"] for operation in takes)
    assert [operation for operation in operations if operation not in takes and "304" in operation["responses"]] == []


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_the_pages_load_only_what_is_served_here_and_no_inline_script(client: Client, page: str) -> None:
    answer = client.get(f"/api/{page}")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "VanguardAI Insurance Platform" in html
    assert not re.findall(r"<script(?![^>]*\bsrc=)", html)
    assert not re.findall(r"<style|\sstyle=|\son\w+=", html)
    for address in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_their_policy_allows_no_inline_script_and_no_other_server(client: Client, page: str) -> None:
    policy = client.get(f"/api/{page}").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "script-src 'self'" in policy


def test_our_own_scripts_ask_no_other_server() -> None:
    for name in ("http/swagger.js", "http/redoc.js"):
        assert "://" not in Path(str(finders.find(name))).read_text()


@pytest.mark.django_db
def test_the_documentation_needs_no_token_and_everything_else_does() -> None:
    schema = Caller().client.get("/api/openapi.json").json()
    public = [path for path, methods in schema["paths"].items() for operation in methods.values() if "security" not in operation]
    assert sorted(public) == [f"/api/auth/{name}" for name in ("password/forgot", "password/reset", "refresh", "token")]


def test_an_operation_is_called_by_its_views_name_and_no_two_alike() -> None:
    """Generated clients call them so: a view that moves to another module must keep its name there."""
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    names = [operation["operationId"] for operations in paths.values() for operation in operations.values()]
    assert len(names) == len(set(names))
    assert {"list_claims", "approve_claim", "get_policy", "create_customer"} <= set(names)


def test_the_schema_is_made_once_whoever_asks_for_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making it takes most of a second of a processor: strangers, who may read it, must not be able to ask for that again and again."""
    first = client.get("/api/openapi.json")
    monkeypatch.setattr(EnvelopedAPI, "get_openapi_schema", None)
    again = client.get("/api/openapi.json")
    assert (again.status_code, again.content) == (200, first.content)


def test_what_answers_in_json_is_not_described_as_bytes() -> None:
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    answers = {
        (path, method): answer.get("content", {}).get("application/json", {}).get("schema", {})
        for path, methods in paths.items()
        for method, operation in methods.items()
        for answer in operation["responses"].values()
    }
    assert [place for place, schema in answers.items() if schema.get("format") == "binary"] == []


def test_no_two_schemas_have_one_name() -> None:
    """The document has one place for a name: of two that share it, one would be described as the other."""

    def below(schema: type[Any]) -> Iterator[type[Any]]:
        for each in schema.__subclasses__():
            yield each
            yield from below(each)

    ours = {each for base in (In, Out) for each in below(base) if "[" not in each.__name__ and not each.__module__.startswith("tests.")}
    named = Counter(each.__name__ for each in ours)
    assert [name for name, number in named.items() if number > 1] == []

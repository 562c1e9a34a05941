"""A caller of the API: speaks JSON, carries a token, and reads amounts as exact decimals."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from vanguard.accounts.models import User
from vanguard.accounts.tokens import start_family

LIST_KEYS = {"data", "total", "page", "pageSize", "totalPages", "nextCursor"}
ERROR_KEYS = {"data", "message", "success", "timestamp", "correlationId", "errors"}


class Answer:
    """What came back."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.text: str = response.content.decode(errors="replace")  # a document is no text

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text, parse_float=Decimal)
        return body

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> dict[str, str]:
        """Field → code."""
        return {error["field"]: error["code"] for error in self.body["errors"]}

    @property
    def etag(self) -> str:
        return str(self.headers["ETag"])

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self.data["data"]]

    def __repr__(self) -> str:
        return f"{self.status} {self.text[:500]}"


class Caller:
    """`Caller(adjuster()).get("/claims")`; without a user, without a token."""

    def __init__(self, user: User | None = None, token: str = "") -> None:
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)  # as every real caller meets it
        self.token = token or (start_family(user).access if user else "")

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        content = b"" if body is None else json.dumps(body, default=str).encode()
        return self.send_bytes(method, path, content, **headers)

    def send_bytes(self, method: str, path: str, content: bytes, **headers: str) -> Answer:
        named = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("Content-Type", "application/json")
        return Answer(self.client.generic(method, f"/api{path}", content, content_type=kind, headers=named))

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Answer:
        """Send a file as a form does, with `fields` beside it."""
        data = {"file": SimpleUploadedFile(name, content)} | fields
        named = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return Answer(self.client.post(f"/api{path}", data, headers=named))

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.send("DELETE", path, None, **headers)


def walk(caller: Caller, path: str) -> Iterable[Answer]:
    """The pages of a list, from cursor to cursor."""
    cursor: str | None = ""
    joint = "&" if "?" in path else "?"
    while cursor is not None:
        answer = caller.get(f"{path}{joint}cursor={cursor}")
        assert answer.status == 200, answer
        yield answer
        cursor = answer.data["nextCursor"]

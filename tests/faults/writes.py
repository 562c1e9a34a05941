"""The writing operations as they are asked for where a fault is made (tests/faults/making.py). Needs the settings."""

import json
from collections.abc import Callable
from typing import Any

from customers.services.merging import merge_customers
from tests.api.who_may import KEPT_ALL_THE_SAME, OWNER, TABLE, UPLOAD, Row, address, somebody_without_a_role
from tests.authenticators import Authenticator, Enrolled
from tests.factories import PASSWORD, CustomerFactory, PolicyFactory, policyholder, submitted_claim, superuser
from tests.faults.making import FORM, WRITING
from vanguard.accounts import forgotten, second_factor
from vanguard.accounts.models import User
from vanguard.accounts.tokens import start_family

NEW_PASSWORD = "Another-horse-8!"  # of a test
# The cluster's first records have these names already (tests/faults/load.py).
# The factories are not typed.
CustomerFactory.reset_sequence(1_000)  # type: ignore[no-untyped-call]
PolicyFactory.reset_sequence(1_000)  # type: ignore[no-untyped-call]


def operations() -> list[str]:
    """Those that read and leave a trace of it are among them."""
    return [name for name in TABLE if name.startswith(WRITING) or name in KEPT_ALL_THE_SAME]


def made(operation: str) -> dict[str, Any]:
    """The request, as `Asked` takes it."""
    if (own := OWN.get(operation)) is not None:
        return own(operation)
    row = TABLE[operation]
    assert row is not None, f"{operation} has no row: say in OWN how it is asked for"
    return _by_row(operation, row)


def _by_row(operation: str, row: Row) -> dict[str, Any]:
    claim = row.make()
    method, path = address(operation, claim)
    user = policyholder(claim.policy.customer) if row.may == OWNER else superuser()
    body = row.body(claim)
    if isinstance(body, dict) and body.get("email") == "rosa@example.com":
        body["email"] = f"rosa-{claim.pk}@example.com"
    headers = {}
    if method in ("PUT", "PATCH", "DELETE"):
        headers["If-Match"] = '"2"' if path.endswith("/billing") else '"1"'
    return _request(method, path, body, user, row.status, headers)


def _request(method: str, path: str, body: Any, user: User | None, status: int, headers: dict[str, str] | None = None) -> dict[str, Any]:
    kind, content = ("application/json", b"" if body is None else json.dumps(body, default=str).encode())
    if body is UPLOAD:
        kind, content = f"multipart/form-data; boundary={FORM}", _form("invoice.pdf", b"%PDF-1.7 invoice", kind="invoice")
    token = {"Authorization": f"Bearer {start_family(user).access}"} if user else {}
    named = {"Content-Type": kind, **token, **(headers or {})}
    return {"method": method, "path": f"/api{path}", "content": content.decode("latin-1"), "headers": named, "status": status}


def _form(name: str, content: bytes, **fields: str) -> bytes:
    parts = [f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'.encode() for field, value in fields.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
    parts.append(head.encode() + content)
    return b"".join(b"--" + FORM.encode() + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + FORM.encode() + b"--\r\n"


def _asked_by_somebody(body: Callable[[User], Any], status: int, *, logged_in: bool = True) -> Callable[[str], dict[str, Any]]:
    """By who has a log-in and no role."""

    def ask(operation: str) -> dict[str, Any]:
        method, path = operation.split(" ")
        user = somebody_without_a_role()
        said = body(user)
        return _request(method, path.removeprefix("/api"), said, user if logged_in else None, status)

    return ask


def _confirmed(user: User) -> dict[str, Any]:
    begun = second_factor.new_set_up(user)
    return {"otp": Authenticator(begun.secret).code(), "setUp": begun.sealed}


def _unmerged(operation: str) -> dict[str, Any]:
    claim = submitted_claim()
    gone = claim.policy.customer
    merge_customers(None, CustomerFactory.create().pk, gone.pk)
    return _request("POST", f"/customers/{gone.pk}/unmerge", None, superuser(), 200)


# What the table has no row for, or a row that changes nothing.
OWN: dict[str, Callable[[str], dict[str, Any]]] = {
    "POST /api/auth/token": _asked_by_somebody(lambda user: {"email": user.email, "password": PASSWORD}, 200, logged_in=False),
    "POST /api/auth/refresh": _asked_by_somebody(lambda user: {"refreshToken": start_family(user).refresh}, 200, logged_in=False),
    "POST /api/auth/password/forgot": _asked_by_somebody(lambda user: {"email": user.email}, 202, logged_in=False),
    "POST /api/auth/password/reset": _asked_by_somebody(
        lambda user: {"token": forgotten.token_of(user), "newPassword": NEW_PASSWORD}, 204, logged_in=False
    ),
    "POST /api/auth/logout": _asked_by_somebody(lambda user: {"refreshToken": start_family(user).refresh}, 204),
    "POST /api/auth/step-up": _asked_by_somebody(lambda user: {"otp": Enrolled(user).code()}, 200),
    "POST /api/auth/second-factor/confirm": _asked_by_somebody(_confirmed, 200),
    "POST /api/customers/{customer}/unmerge": _unmerged,
}

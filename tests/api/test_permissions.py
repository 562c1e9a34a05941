"""S2: every path × method × role, generated from the OpenAPI schema and held against one table. A path without a row fails."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from django.db import transaction
from django.test import TestCase
from pytest_django import Settings

from claims.models import Claim
from tests.api.calling import Answer, Caller
from tests.api.who_may import (
    CALLERS,
    EVERYBODY,
    KEPT_ALL_THE_SAME,
    LIST,
    STAFF,
    TABLE,
    UPLOAD,
    Row,
    address,
    operations,
    somebody_without_a_role,
)
from tests.factories import (
    policyholder,
    staff,
    superuser,
    tie,
    untied_policyholder,
)
from tests.security.effects import written
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _papers_go_into_a_folder_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def made_people() -> dict[str, User]:
    """Somebody for each of CALLERS who has a log-in. The policyholder has no customer yet."""
    there = {role: staff(role) for role in sorted(STAFF - {"Administrator"})}
    return there | {
        "Administrator": superuser(),
        "Policyholder": untied_policyholder(),
        "Another policyholder": policyholder(),
        "Nobody": somebody_without_a_role(),
    }


def expected(row: Row, role: str, *, of_one_object: bool) -> set[int]:
    if role == "Anonymous":
        return {401}
    if role in row.may or (role == "Another policyholder" and row is LIST) or (role == "Another policyholder" and row.may == EVERYBODY):
        return {row.status}
    out_of_scope = role in ("Another policyholder", "Nobody")
    return {404} if out_of_scope and of_one_object else {403}


def test_every_path_has_a_row_and_every_row_a_path() -> None:
    assert sorted(operations()) == sorted(TABLE)


class WhoMayDoWhatTest(TestCase):
    """A class, because Django then makes the callers once for all operations."""

    people: ClassVar[dict[str, User]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = made_people()

    def setUp(self) -> None:
        # Logged in once: what an operation does to a log-in is taken back with it.
        self.callers = {role: Caller(self.people.get(role)) for role in CALLERS}

    def test_each_operation_is_open_to_its_roles_and_shut_to_the_others(self) -> None:
        rows = {operation: row for operation, row in TABLE.items() if row is not None}
        for make in dict.fromkeys(row.make for row in rows.values()):
            with undone():
                made = make()  # once for all that is done to it
                for operation, row in rows.items():
                    if row.make is make:
                        with self.subTest(operation), undone():
                            self.hold_to(row, operation, copy.deepcopy(made))

    def hold_to(self, row: Row, operation: str, claim: Claim) -> None:
        method, path = address(operation, claim)
        of_one_object = "{" in operation or operation in ("POST /api/claims", "POST /api/quotes")
        for role in CALLERS:
            with undone():  # the next one finds it as this one did
                answer, wrote = self.asked_by(role, method, path, row, claim)
            assert answer.status in expected(row, role, of_one_object=of_one_object), (role, answer)
            if answer.status >= 400 or method == "GET":
                assert wrote <= KEPT_ALL_THE_SAME.get(operation, set()), (role, "who is refused, or only reads, changes nothing")

    def asked_by(self, role: str, method: str, path: str, row: Row, claim: Claim) -> tuple[Answer, set[str]]:
        """The answer, and the tables that it wrote to."""
        if role == "Policyholder":
            tie(self.people[role], claim.policy.customer)
        who = self.callers[role]
        # To tie a log-in to it changes the customer, and to bill it the account.
        body = row.body(claim)
        current = '"2"' if (role == "Policyholder" and "/customers/" in path) or path.endswith("/billing") else '"1"'
        with written() as tables:
            if body is UPLOAD:
                return who.upload(path, "invoice.pdf", b"%PDF-1.7 invoice", kind="invoice"), tables
            return who.send(method, path, body, If_Match=current if method in ("PUT", "PATCH", "DELETE") else ""), tables


@contextmanager
def undone() -> Iterator[None]:
    """What is done in the block is taken back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

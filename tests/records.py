"""Records that the tests of a file begin with, made once for all of them.

    book = made_once(small_book)

    def test_the_book_adds_up(book: None) -> None: ...

What a test changes is undone after it, the records after the last test of the file: one that does not ask for them may find them there all
the same. Not for a file with tests that have transactions of their own (`transaction=True`).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from policies.reading import published
from vanguard import context


def forget_who_asked() -> None:
    """Tests share a thread, and with it the variables of the last request: none of them is about the next test."""
    for variable in (context.correlation_id, context.user_id, context.client_address, context.changes_only_of, context.confined_to):
        variable.set("")
    context.family_id.set(None)
    context.factor_at.set(None)
    # And a test may change what a published version holds, past the database's rules.
    published.forget()


def made_once(make: Callable[[], Any]) -> Any:
    """A fixture of the file, with what `make` returns. Rows which tests change are to be read anew by them: return keys, or nothing."""

    @pytest.fixture(scope="module")
    def records(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
        forget_who_asked()
        with made(make, django_db_blocker) as found:
            yield found

    return records


@contextmanager
def made(make: Callable[[], Any], blocker: DjangoDbBlocker) -> Iterator[Any]:
    """What `make` returns, inside a transaction that is undone afterwards; one that `make` raises in ends at once."""
    with blocker.unblock(), ExitStack() as making:
        making.enter_context(transaction.atomic())
        found = make()
        undone = making.pop_all()
    yield found
    with blocker.unblock():
        transaction.set_rollback(True)
        undone.close()

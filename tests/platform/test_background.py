"""Work in the background: one thing after another, and one that fails stops nothing after it."""

import logging

import pytest
from django.db import transaction

from vanguard import background


def test_work_is_done_in_order_and_what_fails_is_logged_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("the second one")

    with caplog.at_level(logging.ERROR, logger="vanguard.background"):
        started = [background.start(work) for work in (lambda: done.append(1), fail, lambda: done.append(3))]
        for each in started:
            each.result(timeout=10)
    assert done == [1, 3]
    assert [record.message for record in caplog.records] == ["Work in the background failed."]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_started_before_the_commit_and_nothing_after_a_rollback() -> None:
    done: list[str] = []
    with transaction.atomic():
        background.after_commit(lambda: done.append("committed"))
        background.start(lambda: None).result(timeout=10)
        assert done == []
    with transaction.atomic():
        background.after_commit(lambda: done.append("rolled back"))
        transaction.set_rollback(True)
    background.start(lambda: None).result(timeout=10)
    assert done == ["committed"]

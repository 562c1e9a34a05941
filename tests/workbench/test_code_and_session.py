"""A code of the second factor and the session that it opens or refreshes are stored together: a fault in between uses no code up."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client

from tests import needs
from tests.authenticators import Enrolled
from tests.factories import PASSWORD, adjuster
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts import second_factor
from vanguard.accounts.models import RecoveryCode, User
from vanguard.workbench import second_step, step_up

LOG_IN, CODE, RECOVERY_CODES = "/admin/login/", "/admin/login/code/", "/admin/account/recovery-codes/"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Where it breaks off: at the log-in, while its session is made, and at the last that is stored.
POINTS = pytest.mark.parametrize(
    "point", [(second_step, "login"), (SessionStore, "save"), (step_up, "_store_session")], ids=["log-in", "session", "last"]
)


def refuse(*_asked: Any, **_options: Any) -> None:
    raise OperationalError("the disk is full")


def end_the_connection(*_asked: Any, **_options: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def filled(desk: Client, page: str, **fields: str) -> dict[str, str]:
    """As a browser sends it, with the page's token against forgery."""
    [token] = TOKEN.findall(source(desk.get(page)))
    return fields | {"csrfmiddlewaretoken": token}


def unused(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def send_the_code_twice(point: tuple[Any, str], fault: Callable[..., None]) -> None:
    """The first time `fault` happens at the point, the second time nothing does; the page and the code are the same."""
    maya = Enrolled(adjuster())
    desk = Client(enforce_csrf_checks=True, raise_request_exception=False)
    desk.post(LOG_IN, filled(desk, LOG_IN, username=maya.user.email, password=PASSWORD))
    sent = filled(desk, CODE, otp=maya.recovery_codes[0])
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(*point, fault)
        assert desk.post(CODE, sent).status_code == 500
    assert desk.get("/admin/account/").status_code == 302, "nobody is let in"
    assert unused(maya.user) == 10
    assert desk.post(CODE, sent).headers["Location"] == "/admin/"
    assert desk.get("/admin/account/").status_code == 200
    assert unused(maya.user) == 9


@POINTS
@pytest.mark.django_db
def test_a_code_is_still_good_where_the_log_in_that_it_was_for_failed(point: tuple[Any, str]) -> None:
    send_the_code_twice(point, refuse)


@needs.postgresql
@POINTS
@pytest.mark.django_db(transaction=True)
def test_a_code_is_still_good_where_the_connection_ended_within_the_log_in(point: tuple[Any, str]) -> None:
    send_the_code_twice(point, end_the_connection)


@pytest.mark.django_db
def test_a_code_that_was_asked_for_is_still_good_where_the_session_could_not_remember_it(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    desk = desk_of(maya.user)
    desk.raise_request_exception = False
    given = {"step_up_code": maya.recovery_codes[0]}
    with monkeypatch.context() as broken:
        broken.setattr(step_up, "_store_session", refuse)
        assert desk.post(RECOVERY_CODES, given).status_code == 500
    assert unused(maya.user) == 10
    assert "Confirm that it is you" not in words(desk.post(RECOVERY_CODES, given))


@pytest.mark.django_db
def test_a_session_that_has_ended_meanwhile_uses_no_code_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    desk = desk_of(maya.user)
    before = set(RecoveryCode.objects.values_list("digest", "used_at"))
    accepted = second_factor.is_accepted

    def logged_out_elsewhere(*asked: Any) -> bool:
        Session.objects.all().delete()
        return accepted(*asked)

    monkeypatch.setattr(second_factor, "is_accepted", logged_out_elsewhere)
    assert desk.post(RECOVERY_CODES, {"step_up_code": maya.recovery_codes[0]}).status_code == 400
    assert set(RecoveryCode.objects.values_list("digest", "used_at")) == before

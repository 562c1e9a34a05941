"""Whether those who listen may still: the answer for all of them in a few statements, on whatever database."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from claims.live import CLAIMS
from tests.authenticators import Enrolled
from tests.factories import adjuster, policyholder, submitted_claim
from tests.workbench.desk import desk_of
from vanguard.accounts.models import User
from vanguard.accounts.services import end_log_ins
from vanguard.accounts.tokens import end_families, read_access_token, start_family
from vanguard.errors import NotAllowed
from vanguard.realtime import codes
from vanguard.realtime.door import SessionLogIn, TokenLogIn, Visitor, _by_session
from vanguard.realtime.standing import ended

pytestmark = pytest.mark.django_db


def by_token(user: User, seconds: int = 60) -> Any:
    claims = read_access_token(start_family(user).access)
    log_in = TokenLogIn(claims.family_id, claims.token_version, timezone.now() + timedelta(seconds=seconds))
    return SimpleSubscriber(Visitor(user.pk, log_in, sees_all=user.is_staff))


def by_session(user: User, desk: Client | None = None) -> Any:
    session = (desk or desk_of(user)).session
    return SimpleSubscriber(Visitor(user.pk, SessionLogIn(str(session.session_key), session["_auth_user_hash"]), sees_all=True))


class SimpleSubscriber(SimpleNamespace):
    """A socket as far as the check looks at it."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor=visitor, stream=CLAIMS)

    __hash__ = object.__hash__  # type: ignore[assignment]


def code_of(subscriber: Any) -> int:
    """0 for who may stay."""
    return ended([subscriber]).get(subscriber, (0, ""))[0]


def test_who_has_done_nothing_stays() -> None:
    maya = adjuster()
    assert ended([by_token(maya), by_session(maya), by_token(policyholder())]) == {}


def test_each_end_of_a_log_in_is_found() -> None:
    maya = adjuster()
    token, session, late = by_token(maya), by_session(maya), by_token(maya, seconds=-1)
    assert code_of(late) == codes.LOG_IN_ENDED
    maya.set_password("Correct-horse-8!")
    maya.save()
    assert (code_of(session), code_of(token)) == (codes.LOG_IN_ENDED, 0)
    end_families(maya.token_families.all(), "test")
    assert code_of(token) == codes.LOG_IN_ENDED
    desk = desk_of(maya)
    again = by_session(maya, desk)
    assert code_of(again) == 0
    desk.post("/admin/logout/")
    assert code_of(again) == codes.LOG_IN_ENDED
    other = by_token(maya)
    User.objects.filter(pk=maya.pk).update(is_active=False)
    assert code_of(other) == codes.LOG_IN_ENDED


def test_what_ends_all_log_ins_ends_those_of_the_workbench_too() -> None:
    maya, tom, ines = adjuster(), adjuster(), adjuster()
    ended_by_hand, no_staff, enrolled = by_session(maya), by_session(tom), by_session(ines)
    assert ended([ended_by_hand, no_staff, enrolled]) == {}
    end_log_ins(maya, "ended by hand")
    User.objects.filter(pk=tom.pk).update(is_staff=False)
    Enrolled(ines)
    assert {code_of(each) for each in (ended_by_hand, no_staff, enrolled)} == {codes.LOG_IN_ENDED}


def test_a_session_that_an_earlier_key_opened_stays(settings: Settings) -> None:
    session = by_session(adjuster())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the next key of thirty-two bytes or more"
    assert code_of(session) == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert code_of(session) == codes.LOG_IN_ENDED


def test_staff_without_the_second_factor_that_they_must_have_are_not_let_in(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    request = RequestFactory().get("/ws/claims")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = desk_of(adjuster()).cookies[settings.SESSION_COOKIE_NAME].value
    with pytest.raises(NotAllowed):
        _by_session(request, CLAIMS, None)


def test_a_role_taken_away_ends_what_saw_everything_and_nothing_else() -> None:
    maya, rosa = adjuster(), policyholder()
    sees_all, own = by_token(maya), by_token(rosa)
    maya.groups.clear()
    rosa.groups.clear()
    assert (code_of(sees_all), code_of(own)) == (codes.NOT_ALLOWED, 0)


def test_many_cost_as_many_statements_as_few() -> None:
    def statements(number: int) -> int:
        here = [make(adjuster()) for make in (by_token, by_session) for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert ended(here) == {}
        return len(captured)

    assert statements(1) == statements(10) == 4


def test_the_owner_of_a_claim_is_the_insureds_log_in() -> None:
    own, others = submitted_claim(), submitted_claim()
    rosa = policyholder(own.policy.customer)
    owners: dict[UUID, UUID] = dict(CLAIMS.owners([own.pk, others.pk]))
    assert owners == {own.pk: rosa.pk}
    assert CLAIMS.is_visible(rosa, own.pk)
    assert not CLAIMS.is_visible(rosa, others.pk)

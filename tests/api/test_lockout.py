import datetime

import pytest
from axes.models import AccessAttempt
from django.db.models import F

from tests.api.calling import Answer, Caller
from tests.factories import PASSWORD, adjuster
from vanguard.accounts.models import User
from vanguard.accounts.passwords import BcryptHasher

pytestmark = pytest.mark.django_db


WRONG = "wrong"


def log_in(email: str, password: str = WRONG) -> Answer:
    return Caller().post("/auth/token", {"email": email, "password": password})


def locked_out() -> User:
    user = adjuster()
    assert [log_in(user.email).status for _ in range(3)] == [401, 401, 401]
    return user


def later(minutes: float) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - datetime.timedelta(minutes=minutes))


def test_three_failures_lock_and_then_the_right_password_is_refused_too() -> None:
    user = locked_out()
    for password in ("wrong", PASSWORD):
        answer = log_in(user.email, password)
        assert (answer.status, answer.errors) == (429, {"": "locked"})
        assert 1 <= int(answer.headers["Retry-After"]) <= 900


def test_further_tries_do_not_prolong_the_lock() -> None:
    user = locked_out()
    later(14)
    for _ in range(3):
        assert int(log_in(user.email).headers["Retry-After"]) <= 60
    later(1.1)
    assert log_in(user.email, PASSWORD).status == 200


def test_the_lock_knows_no_case() -> None:
    user = adjuster(email="maya@vanguard.example")
    for spelling in ("maya@vanguard.example", "MAYA@vanguard.example", "Maya@Vanguard.Example"):
        assert log_in(spelling).status == 401
    assert log_in(user.email, PASSWORD).status == 429


def test_a_success_before_the_third_failure_starts_the_count_anew() -> None:
    user = adjuster()
    for _ in range(3):
        assert [log_in(user.email).status for _ in range(2)] == [401, 401]
        assert log_in(user.email, PASSWORD).status == 200


def test_others_are_not_locked_with_them() -> None:
    locked_out()
    assert log_in(adjuster().email, PASSWORD).status == 200


def test_wrong_current_passwords_count_too() -> None:
    user = adjuster()
    caller = Caller(user)
    body = {"currentPassword": "wrong", "newPassword": "Another-horse-8!"}
    assert [caller.post("/auth/password", body).status for _ in range(4)] == [401, 401, 401, 429]
    assert log_in(user.email, PASSWORD).status == 429


def test_whoever_is_wrong_gets_the_same_answer() -> None:
    known, disabled = adjuster(), adjuster(is_active=False)
    answers = [log_in(known.email), log_in("nobody@vanguard.example"), log_in(disabled.email, PASSWORD), log_in("no e-mail")]
    assert {answer.status for answer in answers} == {401}
    assert len({(answer.body["message"], str(answer.errors)) for answer in answers}) == 1
    assert all(answer.headers["WWW-Authenticate"] == "Bearer" for answer in answers)


def test_an_unknown_name_is_locked_like_a_known_one() -> None:
    assert [log_in("nobody@vanguard.example").status for _ in range(4)] == [401, 401, 401, 429]


def test_an_unknown_name_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    user, hashed = adjuster(), []
    encode = BcryptHasher.encode

    def counting(self: BcryptHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(BcryptHasher, "encode", counting)
    for email in (user.email, "nobody@vanguard.example"):
        hashed.clear()
        log_in(email)
        assert hashed == [WRONG], email


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@example.com"}, "password"),
        ({"password": "x"}, "email"),
        ({"email": "a@example.com\u0000", "password": "x"}, "email"),
        ({"email": "a@example.com", "password": 17}, "password"),
        ({"email": "a@example.com", "password": "\ud800"}, "password"),
        ({"email": "a@example.com", "password": "x" * 1001}, "password"),
    ],
)
def test_a_bad_body_is_422_and_counts_for_nobody(body: dict[str, object], field: str) -> None:
    answer = Caller().post("/auth/token", body)
    assert (answer.status, list(answer.errors)) == (422, [field])
    assert AccessAttempt.objects.count() == 0

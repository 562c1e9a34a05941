"""S4, S5, S6: guessing by many at once, for codes as for passwords; nobody locks somebody else out, or learns who has an account."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from tests.api.calling import Caller
from tests.authenticators import Enrolled
from tests.factories import PASSWORD, adjuster
from tests.security.long import figure
from vanguard.accounts import second_factor
from vanguard.accounts.models import TokenFamily, User

AT_ONCE = 10


def together(work: Callable[[int], int], threads: int = AT_ONCE) -> list[int]:
    """What `work` answers, asked by so many at the same instant."""
    barrier, answers = threading.Barrier(threads), []

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=20)
            answers.append(work(number))
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


def by_api(person: Enrolled, code: str, number: int = 0) -> int:
    body = {"email": person.user.email, "password": PASSWORD, "otp": code}
    return int(Caller().post("/auth/token", body, X_Forwarded_For=f"203.0.113.{number}").status)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes that were compared with anything."""
    codes: list[str] = []
    compare = second_factor._use_step

    def counting(user: User, code: str) -> bool:
        codes.append(code)
        return compare(user, code)

    monkeypatch.setattr(second_factor, "_use_step", counting)
    return codes


@pytest.mark.django_db(transaction=True)
def test_of_fifty_codes_at_once_three_are_looked_at(looked_at: list[str]) -> None:
    maya = Enrolled(adjuster())
    statuses: list[int] = []

    def guess(number: int) -> int:
        statuses.extend(by_api(maya, f"{number:03}{again:03}", number) for again in range(5))
        return 0

    together(guess)
    assert Counter(statuses) == {401: 3, 429: 47}
    assert len(looked_at) == 3


@pytest.mark.django_db(transaction=True)
def test_of_ten_sessions_that_know_the_password_three_codes_are_looked_at(looked_at: list[str]) -> None:
    maya = Enrolled(adjuster())
    desks = []
    for _ in range(AT_ONCE):
        desk = Client()
        desk.post("/admin/login/", {"username": maya.user.email, "password": PASSWORD})
        desks.append(desk)
    answers = together(lambda number: desks[number].post("/admin/login/code/", {"otp": f"00000{number}"}).status_code)
    assert Counter(answers) == {200: 3, 429: 7}
    assert len(looked_at) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["authenticator", "recovery"])
def test_the_same_code_twice_at_once_is_one_log_in(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    code = maya.code() if kind == "authenticator" else maya.recovery_codes[0]
    answers = Counter(together(lambda number: by_api(maya, code, number), threads=3))
    # A try counts while it is looked at: of three that know the password, the last may already be one too many.
    assert answers[200] == 1
    assert set(answers) <= {200, 401, 429}
    assert TokenFamily.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db
def test_who_fails_at_somebodys_codes_on_purpose_does_not_lock_out_their_known_device() -> None:
    maya, known = Enrolled(adjuster()), Client()
    known.post("/admin/login/", {"username": maya.user.email, "password": PASSWORD})
    assert known.post("/admin/login/code/", {"otp": maya.code()}).status_code == 302
    known.post("/admin/logout/")
    failed = [by_api(maya, "abcdef") for _ in range(4)]
    known.post("/admin/login/", {"username": maya.user.email, "password": PASSWORD})
    victim = known.post("/admin/login/code/", {"otp": maya.code(1)}).status_code
    figure("S5", f"a stranger fails on purpose ({failed}); the victim logs in at a known device: {victim}")
    assert (failed, victim) == ([401, 401, 401, 429], 302)


@pytest.mark.django_db
def test_who_fails_at_a_log_in_does_not_lock_out_a_step_up_from_a_known_device() -> None:
    maya = Enrolled(adjuster())
    body = {"email": maya.user.email, "password": PASSWORD, "otp": maya.code()}
    tokens = Caller().post("/auth/token", body).data
    failed = [by_api(maya, "abcdef") for _ in range(4)]
    caller = Caller(token=str(tokens["accessToken"]))
    given = caller.post("/auth/step-up", {"otp": maya.code(1)}, X_Device_Token=str(tokens["deviceToken"]))
    figure("S5", f"a stranger fails on purpose ({failed}); the victim gives a fresh code at a known device: {given.status}")
    assert (failed, given.status) == ([401, 401, 401, 429], 200)


@pytest.mark.django_db
def test_who_has_an_account_or_a_second_factor_shows_in_no_body() -> None:
    people = [adjuster().email, Enrolled(adjuster()).user.email, adjuster(is_active=False).email, "nobody@vanguard.example"]
    for path, body in {"/auth/token": {"password": "wrong", "otp": "123456"}, "/auth/password/forgot": {}}.items():
        answers = [Caller().post(path, {"email": email} | body) for email in people]
        told = {(answer.status, str({**answer.body, "timestamp": "", "correlationId": ""})) for answer in answers}
        assert len(told) == 1, path

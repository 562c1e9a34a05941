"""Three failures lock a log-in for fifteen minutes, counted before the password is looked at; nobody locks somebody else out."""

import datetime
import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client

from tests.api.calling import Answer, Caller
from tests.factories import PASSWORD, adjuster
from vanguard.accounts import lockout
from vanguard.accounts.models import FailedLogIns, User
from vanguard.accounts.passwords import BcryptHasher

pytestmark = pytest.mark.django_db


WRONG = "wrong"


def log_in(email: str, password: str = WRONG, **headers: str) -> Answer:
    return Caller().post("/auth/token", {"email": email, "password": password}, **headers)


def device_of(user: User) -> dict[str, str]:
    """The header of a device from which this account has been logged in to."""
    return {"X_Device_Token": str(log_in(user.email, PASSWORD).data["deviceToken"])}


def locked_out() -> User:
    user = adjuster()
    assert [log_in(user.email).status for _ in range(3)] == [401, 401, 401]
    return user


def later(minutes: float) -> None:
    FailedLogIns.objects.update(since=F("since") - datetime.timedelta(minutes=minutes))


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
    assert FailedLogIns.objects.count() == 0


def test_a_stranger_who_fails_on_purpose_does_not_lock_out_who_comes_from_a_known_device() -> None:
    user = adjuster()
    known = device_of(user)
    assert [log_in(user.email).status for _ in range(4)] == [401, 401, 401, 429]
    assert log_in(user.email, PASSWORD).status == 429
    assert log_in(user.email, PASSWORD, **known).status == 200


def test_a_known_device_has_three_tries_of_its_own_and_locks_nobody_else() -> None:
    user = adjuster()
    known, other = device_of(user), device_of(user)
    assert [log_in(user.email, **known).status for _ in range(4)] == [401, 401, 401, 429]
    assert log_in(user.email, PASSWORD, **known).status == 429
    assert log_in(user.email, PASSWORD, **other).status == 200
    assert log_in(user.email, PASSWORD).status == 200


def test_a_device_stays_the_same_one_over_its_log_ins() -> None:
    user = adjuster()
    known = device_of(user)
    again = {"X_Device_Token": str(log_in(user.email, PASSWORD, **known).data["deviceToken"])}
    assert [log_in(user.email, **device).status for device in (known, again, known, again)] == [401, 401, 401, 429]


@pytest.mark.parametrize("forged", ["", "x", "eyJhIjoxfQ:1:x", "of another account"])
def test_what_is_no_token_of_this_account_makes_no_device_known(forged: str) -> None:
    user = adjuster()
    token = device_of(adjuster())["X_Device_Token"] if forged == "of another account" else forged
    assert [log_in(user.email, X_Device_Token=token).status for _ in range(4)] == [401, 401, 401, 429]
    assert log_in(user.email).status == 429


def test_a_browser_is_known_by_a_cookie_that_no_script_reads() -> None:
    user, browser = adjuster(), Client()
    form = {"username": user.email, "password": PASSWORD}
    browser.post("/admin/login/", form)
    [cookie] = [cookie for name, cookie in browser.cookies.items() if name.startswith("device-")]
    assert cookie["httponly"]
    assert user.email not in f"{cookie.key}{cookie.value}"
    browser.post("/admin/logout/")
    locked = [Client().post("/admin/login/", form | {"password": WRONG}).status_code for _ in range(4)]
    assert locked == [200, 200, 200, 429]
    assert Client().post("/admin/login/", form).status_code == 429
    assert browser.post("/admin/login/", form).status_code == 302


def test_the_api_and_the_workbench_count_together() -> None:
    user = adjuster()
    form = {"username": user.email, "password": WRONG}
    assert [log_in(user.email).status, Client().post("/admin/login/", form).status_code, log_in(user.email).status] == [401, 200, 401]
    assert Client().post("/admin/login/", form).status_code == log_in(user.email, PASSWORD).status == 429


def test_an_address_that_fails_with_many_names_waits_and_locks_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 5)
    user = adjuster()
    assert [log_in(f"nobody{number}@vanguard.example").status for number in range(6)] == [401] * 5 + [429]
    assert log_in(user.email, PASSWORD).status == 429
    FailedLogIns.objects.filter(account="").delete()
    assert log_in(user.email, PASSWORD).status == 200


def test_an_office_that_logs_in_all_day_uses_its_addresss_tries_up_by_failures_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 2)
    user = adjuster()
    assert [log_in(user.email, PASSWORD).status for _ in range(5)] == [200] * 5


def test_neighbours_who_use_their_address_up_hold_up_no_known_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 2)
    user = adjuster()
    known = device_of(user)
    assert [log_in(f"nobody{number}@vanguard.example").status for number in range(3)] == [401, 401, 429]
    assert log_in(user.email, PASSWORD, **known).status == 200
    assert [log_in(user.email, **known).status for _ in range(4)] == [401, 401, 401, 429]


def test_logging_in_from_a_known_device_gives_the_address_no_try_back_that_it_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 2)
    user = adjuster()
    known = device_of(user)
    statuses = []
    for number in range(3):
        statuses.append(log_in(f"nobody{number}@vanguard.example").status)
        assert log_in(user.email, PASSWORD, **known).status == 200
    assert statuses == [401, 401, 429]


def test_failures_of_an_address_do_not_add_up_over_its_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 5)
    assert [log_in(f"morning{number}@vanguard.example").status for number in range(3)] == [401] * 3
    later(10)
    assert [log_in(f"noon{number}@vanguard.example").status for number in range(3)] == [401, 401, 429]
    later(5.1)
    assert [log_in(f"evening{number}@vanguard.example").status for number in range(6)] == [401] * 5 + [429]


def test_tries_at_an_account_that_is_locked_already_use_nothing_of_the_address_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "FAILURES_PER_ADDRESS", 5)
    user = locked_out()
    assert [log_in(user.email).status for _ in range(10)] == [429] * 10
    assert [log_in(f"nobody{number}@vanguard.example").status for number in range(3)] == [401, 401, 429]


def test_an_operator_ends_a_lock() -> None:
    user = locked_out()
    call_command("axes_reset_username", user.email.upper(), verbosity=0)
    assert log_in(user.email, PASSWORD).status == 200


def test_what_is_kept_names_nobody() -> None:
    log_in("Hunter2-is-my-Password!")
    kept = str(list(FailedLogIns.objects.values()))
    assert "hunter2" not in kept.lower()
    assert "127.0.0.1" not in kept


def test_old_counts_go_as_new_ones_come() -> None:
    for number in range(4):
        log_in(f"nobody{number}@vanguard.example")
    later(16)
    log_in("another@vanguard.example")
    assert FailedLogIns.objects.count() == 2  # the name's, and the address's


@pytest.mark.django_db(transaction=True)
def test_of_fifty_guesses_at_once_three_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    user = adjuster()
    looked_at: list[str] = []
    statuses: list[int] = []
    verify = BcryptHasher.verify

    def counting(self: BcryptHasher, password: str, encoded: str) -> bool:
        looked_at.append(password)
        return bool(verify(self, password, encoded))

    monkeypatch.setattr(BcryptHasher, "verify", counting)
    barrier = threading.Barrier(10)

    def guess(number: int) -> None:
        barrier.wait(timeout=20)
        try:
            for again in range(5):
                statuses.append(log_in(user.email, f"guess {number} {again}", X_Forwarded_For=f"203.0.113.{number}").status)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * 3 + [429] * 47
    assert len(looked_at) == 3

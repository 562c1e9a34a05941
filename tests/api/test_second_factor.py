"""A second factor in the API: what a log-in takes, each code once, under the lock of passwords."""

import datetime

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.api.calling import Answer, Caller
from tests.authenticators import Authenticator, Enrolled, stepped_up
from tests.factories import PASSWORD, adjuster, policyholder, superuser
from vanguard.accounts import second_factor
from vanguard.accounts.forgotten import reset_password, token_of
from vanguard.accounts.models import RecoveryCode, SecondFactor, TokenFamily, User
from vanguard.accounts.tokens import start_family
from vanguard.errors import Conflict, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def log_in(user: User, otp: str | None = None, password: str = PASSWORD) -> Answer:
    return Caller().post("/auth/token", {"email": user.email, "password": password, "otp": otp})


def test_the_code_is_asked_for_after_the_right_password_only() -> None:
    maya = Enrolled(adjuster())
    asked, wrong = log_in(maya.user), log_in(maya.user, password="wrong")
    assert (asked.status, asked.errors, asked.headers["WWW-Authenticate"]) == (401, {"": "otp_required"}, "Bearer")
    assert (wrong.status, wrong.errors) == (401, {"": "wrong_credentials"})
    assert wrong.body["message"] == log_in(adjuster(), password="wrong").body["message"]


def test_the_right_code_logs_in_and_a_wrong_one_reads_as_a_wrong_password_does() -> None:
    maya = Enrolled(adjuster())
    wrong = log_in(maya.user, "000000" if maya.code() != "000000" else "111111")
    assert (wrong.status, wrong.errors) == (401, {"": "wrong_credentials"})
    assert log_in(maya.user, maya.code()).status == 200
    assert TokenFamily.objects.get(ended_at=None).factor_at is not None


@pytest.mark.parametrize(("half_minutes", "status"), [(-2, 401), (0, 200), (1, 200), (2, 401)])
def test_a_code_counts_half_a_minute_either_side(half_minutes: int, status: int) -> None:
    maya = Enrolled(adjuster())
    SecondFactor.objects.update(last_step=0)
    assert log_in(maya.user, maya.code(half_minutes)).status == status


def test_the_half_minute_before_counts_too() -> None:
    maya = Enrolled(adjuster())
    SecondFactor.objects.update(last_step=0)
    assert log_in(maya.user, maya.code(-1)).status == 200


def test_a_code_works_once_and_so_do_those_before_it() -> None:
    maya = Enrolled(adjuster())
    assert [log_in(maya.user, maya.code(at)).status for at in (1, 1, 0)] == [200, 401, 401]


def test_a_code_is_still_good_where_the_log_in_that_it_was_for_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    with monkeypatch.context() as broken:
        broken.setattr("vanguard.accounts.login.start_family", None)
        assert log_in(maya.user, maya.recovery_codes[0]).status == 500
    answer = log_in(maya.user, maya.recovery_codes[0])
    assert answer.status == 200
    caller, code = Caller(token=answer.data["accessToken"]), {"otp": maya.recovery_codes[1]}
    with monkeypatch.context() as broken:
        broken.setattr("vanguard.accounts.second_factor.TokenFamily", None)
        assert caller.post("/auth/step-up", code).status == 500
    assert caller.post("/auth/step-up", code).status == 200


def test_the_code_that_proved_the_set_up_does_not_log_in() -> None:
    maya = Enrolled(adjuster())
    assert log_in(maya.user, maya.code(-1)).status == 401


def test_a_code_may_be_typed_with_a_space_and_a_recovery_code_in_any_manner() -> None:
    maya = Enrolled(adjuster())
    code = maya.code()
    assert log_in(maya.user, f" {code[:3]} {code[3:]}").status == 200
    assert log_in(maya.user, maya.recovery_codes[0].lower().replace("-", " ")).status == 200


def test_each_of_ten_recovery_codes_replaces_the_authenticator_once() -> None:
    maya = Enrolled(adjuster())
    assert len(set(maya.recovery_codes)) == 10
    for code in maya.recovery_codes:
        assert [log_in(maya.user, code).status for _ in range(2)] == [200, 401]
    assert second_factor.recovery_codes_left(maya.user) == 0


def test_nobody_elses_code_logs_in() -> None:
    maya, tom = Enrolled(adjuster()), Enrolled(adjuster())
    assert [log_in(maya.user, code).status for code in (tom.code(), tom.recovery_codes[0])] == [401, 401]


def test_new_recovery_codes_void_those_before() -> None:
    maya = Enrolled(adjuster())
    with stepped_up():
        fresh = second_factor.new_recovery_codes(maya.user)
    assert [log_in(maya.user, code).status for code in (maya.recovery_codes[0], fresh[0])] == [401, 200]


def test_codes_are_tried_under_the_lock_of_passwords() -> None:
    maya = Enrolled(adjuster())
    assert [log_in(maya.user, "abcdef").status for _ in range(3)] == [401, 401, 401]
    locked = log_in(maya.user, maya.code())
    assert (locked.status, locked.errors) == (429, {"": "locked"})
    assert 1 <= int(locked.headers["Retry-After"]) <= 900
    assert log_in(maya.user).status == 429


def test_the_right_password_between_wrong_codes_buys_no_more_of_them() -> None:
    maya = Enrolled(adjuster())
    tried = []
    for _ in range(3):
        assert log_in(maya.user).errors == {"": "otp_required"}
        tried.append(log_in(maya.user, "abcdef").status)
    assert tried == [401, 401, 401]
    assert log_in(maya.user, maya.code()).status == 429


def test_a_log_in_that_stops_at_the_code_is_no_failure() -> None:
    maya = Enrolled(adjuster())
    assert {str(log_in(maya.user).errors) for _ in range(5)} == {str({"": "otp_required"})}
    assert log_in(maya.user, maya.code()).status == 200


def test_changing_the_password_buys_no_more_codes_either() -> None:
    maya = Enrolled(adjuster())
    caller = Caller(token=str(log_in(maya.user, maya.code()).data["accessToken"]))
    assert [log_in(maya.user, "abcdef").status for _ in range(2)] == [401, 401]
    assert caller.post("/auth/password", {"currentPassword": PASSWORD, "newPassword": "Another-horse-8!"}).status == 204
    assert [log_in(maya.user, "abcdef", "Another-horse-8!").status for _ in range(2)] == [401, 429]


def test_nor_does_a_new_password_by_letter() -> None:
    maya = Enrolled(adjuster())
    assert [log_in(maya.user, "abcdef").status for _ in range(3)] == [401, 401, 401]
    reset_password(token_of(maya.user), "Another-horse-8!")
    assert log_in(maya.user, maya.code(), "Another-horse-8!").status == 429


def test_a_policyholder_sets_one_up_by_the_api() -> None:
    rosa = policyholder()
    caller = Caller(rosa)
    begun = caller.post("/auth/second-factor")
    assert begun.data["address"].startswith("otpauth://totp/Vanguard:")
    assert not SecondFactor.objects.exists()
    phone, set_up = Authenticator(begun.data["secret"]), begun.data["setUp"]
    wrong = caller.post("/auth/second-factor/confirm", {"setUp": set_up, "otp": "abcdef"})
    assert (wrong.status, wrong.errors) == (422, {"otp": "wrong_code"})
    done = caller.post("/auth/second-factor/confirm", {"setUp": set_up, "otp": phone.code(-1)})
    assert (done.status, len(done.data["recoveryCodes"])) == (200, 10)
    assert done.headers["Cache-Control"] == "no-store"
    assert caller.get("/auth/me").status == 401  # all log-ins were opened without it
    assert [log_in(rosa).status, log_in(rosa, phone.code()).status] == [401, 200]


@pytest.mark.parametrize("set_up", ["x", "", "é", "somebody else's", "old"])
def test_a_key_counts_for_who_saw_it_within_half_an_hour(set_up: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rosa = policyholder()
    made = second_factor.new_set_up(rosa)
    if set_up == "somebody else's":
        sent = second_factor.new_set_up(adjuster()).sealed
    elif set_up == "old":
        monkeypatch.setattr(second_factor, "SET_UP_LASTS", datetime.timedelta(seconds=-1))
        sent = made.sealed
    else:
        sent = set_up
    answer = Caller(rosa).post("/auth/second-factor/confirm", {"setUp": sent, "otp": Authenticator(made.secret).code()})
    assert (answer.status, list(answer.errors)) == (422, ["setUp"])


def test_another_authenticator_needs_a_code_of_the_one_before() -> None:
    maya = Enrolled(adjuster())
    caller = Caller(maya.user)
    begun = caller.post("/auth/second-factor").data
    body = {"setUp": begun["setUp"], "otp": Authenticator(begun["secret"]).code(-1)}
    refused = caller.post("/auth/second-factor/confirm", body)
    assert (refused.status, refused.errors) == (403, {"": "step_up_required"})
    assert caller.post("/auth/step-up", {"otp": maya.code()}).status == 200
    assert caller.post("/auth/second-factor/confirm", body).status == 200
    assert log_in(maya.user, maya.code(1)).status == 401
    assert log_in(maya.user, Authenticator(begun["secret"]).code()).status == 200


def test_the_secret_is_sealed_in_the_database_and_recovery_codes_are_digests() -> None:
    maya = Enrolled(adjuster())
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        stored = bytes(cursor.fetchone()[0])
    assert maya.phone.totp.secret.encode() not in stored
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(digests) == 10
    assert all(len(digest) == 64 for digest in digests)


def test_where_it_is_required_staff_without_one_get_no_tokens_and_keep_none(settings: Settings) -> None:
    maya, rosa = adjuster(), policyholder()
    before = start_family(maya)
    settings.REQUIRE_SECOND_FACTOR = True
    refused = log_in(maya)
    assert (refused.status, refused.errors) == (403, {"": "second_factor_missing"})
    kept = Caller(token=before.access).get("/claims")
    assert (kept.status, kept.errors) == (403, {"": "second_factor_missing"})
    assert log_in(rosa).status == 200
    enrolled = Enrolled(adjuster())
    assert log_in(enrolled.user, enrolled.code()).status == 200


def test_an_administrator_alone_resets_it_and_that_ends_all_log_ins() -> None:
    maya, boss = Enrolled(adjuster()), superuser()
    token = str(log_in(maya.user, maya.code()).data["accessToken"])
    with pytest.raises(NotAllowed):
        second_factor.reset(adjuster(), maya.user)
    second_factor.reset(boss, maya.user)
    assert Caller(token=token).get("/auth/me").status == 401
    assert log_in(maya.user).status == 200
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    entry = LogEntry.objects.filter(object_pk=str(maya.user.pk), changes__has_key="second_factor_since").order_by("-id")[0]
    assert entry.actor == boss
    assert maya.phone.totp.secret not in str(list(LogEntry.objects.values()))
    with pytest.raises(Conflict):
        second_factor.reset(boss, maya.user)


def test_what_was_set_up_ends_the_log_ins_before() -> None:
    user = adjuster()
    before = start_family(user)
    Enrolled(user)
    assert Caller(token=before.access).get("/auth/me").status == 401


def test_codes_go_by_our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    later = timezone.now() + datetime.timedelta(minutes=10)
    code = maya.phone.totp.at(later)
    assert log_in(maya.user, code).status == 401
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert second_factor._use_step(maya.user, code)

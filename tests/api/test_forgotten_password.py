import datetime
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests import needs
from tests.api.calling import Answer, Caller
from tests.factories import PASSWORD, UserFactory, adjuster, policyholder
from tests.mail.posted import posted
from vanguard.accounts.forgotten import reset_password, token_of
from vanguard.accounts.models import ResetRequests, TokenFamily, User
from vanguard.accounts.tokens import start_family
from vanguard.errors import Invalid
from vanguard.models import IdempotencyKey

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NEW = "Another-horse-8!"


def ask(email: str, **headers: str) -> Answer:
    return Caller().post("/auth/password/forgot", {"email": email}, **headers)


def forget(email: str, **headers: str) -> Answer:
    """Asks for a letter, and comes back when it has been sent."""
    answer = ask(email, **headers)
    posted()
    return answer


def reset(token: str, password: str = NEW, **headers: str) -> Answer:
    return Caller().post("/auth/password/reset", {"token": token, "newPassword": password}, **headers)


def log_in(user: User, password: str) -> int:
    status: int = Caller().post("/auth/token", {"email": user.email, "password": password}).status
    return status


def link() -> str:
    found = re.search(r"https://\S+", str(mail.outbox[-1].body))
    assert found is not None
    return found[0]


def test_the_letter_brings_a_link_and_the_link_a_new_password() -> None:
    user = policyholder()
    answer = forget(user.email.upper())
    assert (answer.status, answer.data) == (202, None)
    [letter] = mail.outbox
    assert (letter.to, letter.from_email) == ([user.email], "Vanguard <no-reply@vanguardai.com>")
    page, _, token = link().partition("#token=")
    assert page == "https://app.vanguardai.com/reset-password"
    done = reset(token)
    assert (done.status, done.text) == (204, "")
    assert [log_in(user, password) for password in (PASSWORD, NEW)] == [401, 200]


def test_whoever_is_asked_for_gets_the_same_answer_and_only_an_account_with_a_password_a_letter() -> None:
    known, left = adjuster(), adjuster(is_active=False)
    without_password = UserFactory.build()
    without_password.set_unusable_password()
    without_password.save()
    emails = [known.email, left.email, without_password.email, "nobody@vanguard.example", "no e-mail", "a@b.example\u00e9" * 20]
    answers = [forget(email) for email in emails]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["message"] for answer in answers}) == 1
    assert [letter.to for letter in mail.outbox] == [[known.email]]


def test_an_unknown_address_costs_the_same_statements() -> None:
    asked = []
    for email in (adjuster().email, "nobody@vanguard.example"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(email)
        asked.append([re.sub(r"'[^']*'|[0-9a-f]{32,}", "?", query["sql"]) for query in queries])
    assert len(asked[0]) == len(asked[1])
    assert [sql.split(" ")[0] for sql in asked[0]] == [sql.split(" ")[0] for sql in asked[1]]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "email"), ({"email": ""}, "email"), ({"email": "a\nBcc: b@c.example"}, "email"), ({"email": "a@b.example", "x": 1}, "x")],
)
def test_a_bad_body_is_422(body: dict[str, object], field: str) -> None:
    answer = Caller().post("/auth/password/forgot", body)
    assert (answer.status, list(answer.errors)) == (422, [field])


def test_an_account_gets_three_letters_an_hour() -> None:
    user, other = adjuster(), adjuster()
    assert {forget(email).status for email in (user.email, user.email.upper()) for _ in range(3)} == {202}
    assert len(mail.outbox) == 3
    forget(other.email)
    assert len(mail.outbox) == 4
    ResetRequests.objects.update(since=F("since") - datetime.timedelta(minutes=61))
    forget(user.email)
    assert len(mail.outbox) == 5


def test_addresses_are_counted_by_digest_and_the_counts_do_not_pile_up() -> None:
    for number in range(5):
        forget(f"invented{number}@vanguard.example")
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in ResetRequests.objects.values_list("digest", flat=True))
    ResetRequests.objects.update(since=F("since") - datetime.timedelta(minutes=61))
    forget("nobody@vanguard.example")
    assert ResetRequests.objects.count() == 1


def test_a_mail_server_that_fails_changes_no_answer_and_its_words_are_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        raise ConnectionRefusedError(f"no such mailbox: {messages[0].to}")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    user = adjuster()
    with caplog.at_level("INFO", logger="vanguard.mail"):
        assert forget(user.email).status == 202
    assert "ConnectionRefusedError" in caplog.text
    assert user.email not in caplog.text


def test_a_reset_ends_every_log_in_and_the_lock() -> None:
    user = adjuster()
    pair = start_family(user)
    assert [log_in(user, "wrong") for _ in range(3)] == [401, 401, 401]
    assert log_in(user, PASSWORD) == 429
    assert reset(token_of(user)).status == 204
    assert Caller(token=pair.access).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": pair.refresh}).status == 401
    assert TokenFamily.objects.get(user=user).ended_reason == "password reset"
    assert User.objects.get(pk=user.pk).token_version == user.token_version + 1
    assert log_in(user, NEW) == 200


def test_a_reset_ends_the_sessions_of_the_workbench() -> None:
    user = adjuster()
    desk = Caller().client
    desk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert desk.get("/admin/").status_code == 200
    assert reset(token_of(user)).status == 204
    assert desk.get("/admin/").status_code == 302


def use_it(user: User) -> None:
    reset_password(token_of(user), "Yet-another-9!x")


def log_in_meanwhile(user: User) -> None:
    assert log_in(user, PASSWORD) == 200


def change_the_password(user: User) -> None:
    user.set_password("Yet-another-9!x")
    user.save()


def leave(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("meanwhile", [use_it, log_in_meanwhile, change_the_password, leave])
def test_a_token_dies_with(meanwhile: Callable[[User], None]) -> None:
    user = adjuster()
    token = token_of(user)
    meanwhile(user)
    answer = reset(token)
    assert (answer.status, answer.errors) == (422, {"token": "bad_token"})


def test_a_token_dies_after_an_hour(settings: Any) -> None:
    token = token_of(adjuster())
    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert reset(token).errors == {"token": "bad_token"}


def test_all_bad_tokens_get_one_message_whatever_they_look_like() -> None:
    user, other = adjuster(), adjuster()
    who, _, signature = token_of(user).partition(".")
    stranger = urlsafe_b64encode(bytes(16)).decode().rstrip("=")
    others = token_of(other).partition(".")[0]
    bad = [
        "",
        ".",
        "x",
        "\u00e9.\u00e9",
        f"{who}.",
        f".{signature}",
        f"{who}.{signature}0",
        f"{others}.{signature}",
        f"{stranger}.{signature}",
    ]
    answers = [reset(token) for token in [*bad, "\u0000", "x" * 1000]]
    assert {(answer.status, str(answer.errors)) for answer in answers} == {(422, "{'token': 'bad_token'}")}
    assert len({answer.body["message"] for answer in answers}) == 1


def test_a_weak_or_earlier_password_names_its_field_and_leaves_the_token_alive() -> None:
    user = adjuster()
    token = token_of(user)
    for refused in ("short", PASSWORD):
        answer = reset(token, refused)
        assert (answer.status, answer.errors) == (422, {"newPassword": "password_policy"})
    assert reset(token).status == 204


def test_nothing_of_it_is_kept_under_an_idempotency_key() -> None:
    user = adjuster()
    assert forget(user.email, Idempotency_Key="one").status == 202
    token = link().partition("#token=")[2]
    assert [reset(token, Idempotency_Key="two").status for _ in range(2)] == [204, 422]
    assert not IdempotencyKey.objects.exists()


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_token_that_is_used_twice_at_the_same_instant_works_once() -> None:
    token, together = token_of(adjuster()), threading.Barrier(4)

    def use(number: int) -> bool:
        try:
            together.wait()
            reset_password(token, f"{NEW}{number}")
            return True
        except Invalid:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, range(4))) == 1

import datetime
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from tests.api.calling import Answer, Caller
from tests.factories import PASSWORD, CustomerFactory, adjuster, policyholder, superuser
from vanguard.accounts import tokens
from vanguard.accounts.models import RefreshToken, TokenFamily, User

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def log_in(user: User, password: str = PASSWORD) -> Answer:
    return Caller().post("/auth/token", {"email": user.email, "password": password})


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: dict[str, Any], key: str = settings.JWT_SECRET_KEY, algorithm: str = "HS256", **header: Any) -> str:
    kid = jwt.get_unverified_header(log_in(adjuster()).data["accessToken"])["kid"]
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} | header)


def test_logging_in_gives_a_token_of_thirty_minutes_for_the_users_email() -> None:
    user = adjuster()
    answer = log_in(user)
    assert (answer.status, set(answer.data)) == (200, {"accessToken", "deviceToken", "refreshToken", "tokenType", "expiresIn"})
    assert (answer.data["tokenType"], answer.data["expiresIn"]) == ("bearer", 1800)
    claims = claims_of(answer.data["accessToken"])
    assert (claims["sub"], claims["iss"], claims["aud"]) == (user.email, "vanguardai", "vanguardai-api")
    assert claims["exp"] - claims["iat"] == 1800
    assert answer.headers["Cache-Control"] == "no-store"
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize("otp", ["", "123456", None])
def test_a_code_may_be_sent_by_who_has_no_second_factor(otp: str | None) -> None:
    assert Caller().post("/auth/token", {"email": adjuster().email, "password": PASSWORD, "otp": otp}).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_taken_in_any_case(scheme: str) -> None:
    token = log_in(adjuster()).data["accessToken"]
    assert Caller().get("/auth/me", Authorization=f"{scheme} {token}").status == 200


def test_the_email_is_taken_in_any_case() -> None:
    user = adjuster(email="Maya.Okafor@vanguard.example")
    answer = Caller().post("/auth/token", {"email": " MAYA.okafor@vanguard.example", "password": PASSWORD})
    assert (answer.status, claims_of(answer.data["accessToken"])["sub"]) == (200, user.email)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer a.b.c", "Bearer \u00e9", "Token x"])
def test_without_a_good_token_it_is_401_with_the_scheme_to_use(header: str | None) -> None:
    answer = Caller().get("/policies", **({} if header is None else {"Authorization": header}))
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.errors == {"": "unauthenticated"}


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"aud": "somebody-else"},
        {"iss": "somebody-else"},
        {"type": "refresh"},
        {"sub": "other@vanguard.example"},
        {"sub": 17},
        {"tv": 2},
        {"tv": "x"},
        {"sid": "00000000-0000-7000-8000-000000000000"},
        {"sid": 17},
        {"sid": None},
    ],
)
def test_a_token_that_says_something_else_is_refused(change: dict[str, Any]) -> None:
    claims = claims_of(log_in(adjuster()).data["accessToken"]) | change
    assert Caller(token=signed(claims)).get("/auth/me").status == 401


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti", "sid", "tv", "type"])
def test_a_token_that_leaves_something_out_is_refused(name: str) -> None:
    claims = claims_of(log_in(adjuster()).data["accessToken"])
    assert Caller(token=signed(claims)).get("/auth/me").status == 200
    del claims[name]
    assert Caller(token=signed(claims)).get("/auth/me").status == 401


def test_a_token_signed_otherwise_is_refused() -> None:
    token = log_in(superuser()).data["accessToken"]
    claims = claims_of(token)
    head, payload, signature = token.split(".")
    for forged in (
        signed(claims, key="another key of more than thirty-two bytes"),
        signed(claims, algorithm="HS512"),
        signed(claims, kid="another"),
        jwt.encode(claims, "", algorithm="none"),
        f"{unsigned(alg='none')}.{payload}.",
        f"{unsigned(alg='HS256', jku='https://evil.example/keys')}.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.",
        f"{head}..{signature}",
    ):
        assert Caller(token=forged).get("/auth/me").status == 401


def unsigned(**header: str) -> str:
    return urlsafe_b64encode(json.dumps({"typ": "JWT"} | header).encode()).decode().rstrip("=")


def test_a_token_that_was_good_a_moment_ago_is_refused_once_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(token=log_in(adjuster()).data["accessToken"])
    assert caller.get("/auth/me").status == 200
    monkeypatch.setattr(tokens, "time", lambda: time.time() + 1800)
    assert caller.get("/auth/me").status == 401


def test_a_token_that_was_good_is_refused_once_the_key_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(token=log_in(adjuster()).data["accessToken"])
    assert caller.get("/auth/me").status == 200
    monkeypatch.setattr(settings, "JWT_SECRET_KEY", "another-key-another-key-another-key-another-key")
    assert caller.get("/auth/me").status == 401


def test_a_refresh_token_is_no_access_token_and_the_other_way_round() -> None:
    pair = log_in(adjuster()).data
    assert Caller(token=pair["refreshToken"]).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": pair["accessToken"]}).status == 401


def test_a_refresh_token_works_once_and_a_second_use_ends_the_family() -> None:
    first = log_in(adjuster()).data
    second = Caller().post("/auth/refresh", {"refreshToken": first["refreshToken"]})
    assert second.status == 200
    assert Caller(token=second.data["accessToken"]).get("/auth/me").status == 200
    assert Caller().post("/auth/refresh", {"refreshToken": first["refreshToken"]}).status == 401
    assert Caller(token=second.data["accessToken"]).get("/auth/me").status == 401
    assert Caller(token=first["accessToken"]).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": second.data["refreshToken"]}).status == 401
    assert TokenFamily.objects.get().ended_reason == "refresh token used twice"


def test_only_the_digest_of_a_refresh_token_is_kept() -> None:
    token = log_in(adjuster()).data["refreshToken"]
    stored = RefreshToken.objects.get()
    assert len(stored.digest) == 64
    assert token not in str(vars(stored))


def test_an_expired_refresh_token_is_refused() -> None:
    token = log_in(adjuster()).data["refreshToken"]
    RefreshToken.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    assert Caller().post("/auth/refresh", {"refreshToken": token}).status == 401


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 1000])
def test_an_unknown_refresh_token_is_401_whatever_it_looks_like(token: str) -> None:
    assert Caller().post("/auth/refresh", {"refreshToken": token}).status == (422 if token == "\ud800" else 401)


def test_logging_out_kills_the_access_token_and_the_refresh_token() -> None:
    user = adjuster()
    here, elsewhere = log_in(user).data, log_in(user).data
    answer = Caller(token=here["accessToken"]).post("/auth/logout")
    assert (answer.status, answer.text) == (204, "")
    assert Caller(token=here["accessToken"]).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": here["refreshToken"]}).status == 401
    assert Caller(token=elsewhere["accessToken"]).get("/auth/me").status == 200


def test_logging_out_with_a_refresh_token_ends_its_log_in_too_but_nobody_elses() -> None:
    user, other = adjuster(), adjuster()
    here, elsewhere, theirs = log_in(user).data, log_in(user).data, log_in(other).data
    assert Caller(token=here["accessToken"]).post("/auth/logout", {"refreshToken": elsewhere["refreshToken"]}).status == 204
    assert Caller(token=elsewhere["accessToken"]).get("/auth/me").status == 401
    again = log_in(user).data
    assert Caller(token=again["accessToken"]).post("/auth/logout", {"refreshToken": theirs["refreshToken"]}).status == 204
    assert Caller(token=theirs["accessToken"]).get("/auth/me").status == 200


def test_logging_out_ends_both_log_ins_or_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    user = adjuster()
    both = [log_in(user).data for _ in range(2)]
    monkeypatch.setattr(tokens, "_digest", None)  # it is needed for the second one
    assert Caller(token=both[0]["accessToken"]).post("/auth/logout", {"refreshToken": both[1]["refreshToken"]}).status == 500
    assert [Caller(token=each["accessToken"]).get("/auth/me").status for each in both] == [200, 200]


def test_who_is_disabled_or_whose_tokens_were_ended_is_out_at_once() -> None:
    for change in ({"is_active": False}, {"token_version": 2}):
        user = adjuster()
        pair = log_in(user).data
        User.objects.filter(pk=user.pk).update(**change)
        assert Caller(token=pair["accessToken"]).get("/auth/me").status == 401
    user = adjuster()
    pair = log_in(user).data
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Caller().post("/auth/refresh", {"refreshToken": pair["refreshToken"]}).status == 401


def test_a_role_that_was_taken_away_is_gone_at_once() -> None:
    user = adjuster()
    caller = Caller(user)
    assert caller.get("/reports/triangle?value=paid").status == 200
    user.groups.clear()
    assert caller.get("/reports/triangle?value=paid").status == 403


def test_a_new_password_ends_all_other_log_ins() -> None:
    user = adjuster()
    here, elsewhere = log_in(user).data, log_in(user).data
    caller = Caller(token=here["accessToken"])
    answer = caller.post("/auth/password", {"currentPassword": PASSWORD, "newPassword": "Another-horse-8!"})
    assert (answer.status, answer.text) == (204, "")
    assert Caller(token=elsewhere["accessToken"]).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": elsewhere["refreshToken"]}).status == 401
    assert caller.get("/auth/me").status == 200
    assert (log_in(user).status, log_in(user, "Another-horse-8!").status) == (401, 200)


def test_a_wrong_current_password_is_401_and_a_weak_new_one_422() -> None:
    user = adjuster()
    caller = Caller(user)
    wrong = caller.post("/auth/password", {"currentPassword": "x", "newPassword": "Another-horse-8!"})
    assert (wrong.status, wrong.errors) == (401, {"": "wrong_credentials"})
    weak = caller.post("/auth/password", {"currentPassword": PASSWORD, "newPassword": "short"})
    assert (weak.status, weak.errors) == (422, {"newPassword": "password_policy"})
    assert log_in(user).status == 200


def test_me_tells_who_i_am_what_i_may_and_which_customer_i_am() -> None:
    user = adjuster(first_name="Maya", last_name="Okafor")
    data = Caller(user).get("/auth/me").data
    assert (data["id"], data["email"], data["firstName"], data["lastName"]) == (str(user.pk), user.email, "Maya", "Okafor")
    assert (data["roles"], data["customer"]) == (["Adjuster"], None)
    assert "claims.approve_claim" in data["permissions"]
    customer = CustomerFactory.create(first_name="Rosa")
    mine = Caller(policyholder(customer)).get("/auth/me").data
    assert (mine["roles"], mine["permissions"], mine["customer"]["id"]) == (["Policyholder"], [], str(customer.pk))
    assert set(mine["customer"]) == {"id", "email", "firstName", "lastName"}


def test_a_token_is_readable_base64_and_holds_no_secret() -> None:
    payload = log_in(adjuster()).data["accessToken"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "jti", "type", "sid", "tv"}

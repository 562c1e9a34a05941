"""S7: no token that we did not sign, by the key that it names, for what it is used. More of it: tests/api/test_tokens.py."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone
from pytest_django import Settings

from tests.api.calling import Caller
from tests.factories import PASSWORD, adjuster
from tests.security.long import figure
from tests.workbench.desk import desk_of
from vanguard.accounts import tokens
from vanguard.accounts.tokens import start_family

pytestmark = pytest.mark.django_db
OLD, NEW = ("an earlier key of thirty-two bytes or more", "the next key of thirty-two bytes or more")


@pytest.fixture
def genuine() -> str:
    return start_family(adjuster()).access


def part(content: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def forgeries(genuine: str) -> Iterator[tuple[str, str]]:
    claims = jwt.decode(genuine, options={"verify_signature": False})
    header = jwt.get_unverified_header(genuine)
    head, payload, signature = genuine.split(".")
    for none in ("none", "None", "NONE", "nOnE", ""):
        yield f"alg {none!r}", f"{part(header | {'alg': none})}.{payload}."
        yield f"alg {none!r} with a signature", f"{part(header | {'alg': none})}.{payload}.{signature}"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield "RS256", jwt.encode(claims, key, algorithm="RS256", headers={"kid": header["kid"]})
    for algorithm in ("HS384", "HS512"):
        yield algorithm, jwt.encode(claims, "x" * 64, algorithm=algorithm, headers={"kid": header["kid"]})
    for name, value in {
        "jku": "https://evil.example/keys.json",
        "x5u": "https://evil.example/chain.pem",
        "jwk": {"kty": "oct", "k": urlsafe_b64encode(b"a key of the attacker's own choice").decode()},
        "crit": ["exp"],
    }.items():
        yield name, jwt.encode(claims, "a key of the attacker's own choice", algorithm="HS256", headers={"kid": header["kid"], name: value})
    for kid in ("../../dev/null", "", "x' UNION SELECT 'x", None, 17, ["x"]):
        yield f"kid {kid!r}", f"{part(header | {'kid': kid})}.{payload}.{signature}"
    yield "no kid", f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{payload}.{signature}"
    empty = f"{part(header | {'kid': sha256(b'key id:').hexdigest()[:16]})}.{payload}"
    yield "an empty key", f"{empty}.{urlsafe_b64encode(hmac.new(b'', empty.encode(), 'sha256').digest()).decode().rstrip('=')}"
    yield "changed claims", f"{head}.{part(claims | {'sub': 'boss@vanguard.example'})}.{signature}"


def test_no_forgery_is_accepted(genuine: str) -> None:
    assert Caller(token=genuine).get("/auth/me").status == 200
    forged = dict(forgeries(genuine))
    accepted = [name for name, token in forged.items() if Caller(token=token).get("/auth/me").status != 401]
    figure("S7", f"{len(forged)} ways to forge a token: {len(accepted)} accepted")
    assert accepted == []


def test_a_refresh_token_is_no_access_token_nor_the_other_way_round() -> None:
    pair = start_family(adjuster())
    assert Caller(token=pair.refresh).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": pair.access}).status == 401


def test_a_token_that_a_faster_clock_gave_out_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours, and not run out: who logged in on a node ten minutes ahead is not thrown out by the others."""
    ahead = timezone.now() + timedelta(minutes=10)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: ahead)
        token = start_family(adjuster()).access
    assert Caller(token=token).get("/auth/me").status == 200


def test_a_key_is_changed_while_people_work(settings: Settings) -> None:
    settings.JWT_SECRET_KEY, maya = OLD, adjuster()
    before = start_family(maya)
    settings.JWT_SECRET_KEY, settings.JWT_EARLIER_SECRET_KEYS = NEW, [OLD]
    assert Caller(token=before.access).get("/auth/me").status == 200
    after = Caller().post("/auth/refresh", {"refreshToken": before.refresh}).data["accessToken"]
    assert jwt.get_unverified_header(after)["kid"] == tokens._key_id(NEW) != jwt.get_unverified_header(before.access)["kid"]
    settings.JWT_EARLIER_SECRET_KEYS = []
    assert [Caller(token=token).get("/auth/me").status for token in (before.access, after)] == [401, 200]


def test_an_earlier_key_signs_nothing_under_the_name_of_the_present_one(settings: Settings) -> None:
    settings.JWT_SECRET_KEY, settings.JWT_EARLIER_SECRET_KEYS = NEW, [OLD]
    genuine = start_family(adjuster()).access
    claims, kid = jwt.decode(genuine, options={"verify_signature": False}), jwt.get_unverified_header(genuine)["kid"]
    assert Caller(token=jwt.encode(claims, OLD, headers={"kid": kid})).get("/auth/me").status == 401
    assert Caller(token=jwt.encode(claims, OLD, headers={"kid": tokens._key_id(OLD)})).get("/auth/me").status == 200


def test_sessions_and_known_devices_outlive_a_change_of_the_key(settings: Settings) -> None:
    settings.SECRET_KEY, maya = OLD, adjuster()
    desk = desk_of(maya)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert desk.get("/admin/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert desk.get("/admin/").status_code == 200  # the page before has renewed it
    assert Caller().post("/auth/token", {"email": maya.email, "password": PASSWORD}).status == 200

"""The environment is read loudly: production refuses to start on a missing, default or careless secret, and names it."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.mail import mailers

SECRETS = {
    "JWT_SECRET_KEY": "Qm9x7Lw2Zr5Tn8Vc3Kd6Hf1Jg4Ps0Ya9Ub2",
    "ENCRYPTION_KEY": "Xe8Rt5Wq1Zy4Nm7Bv2Lk9Hj6Gf3Ds0Pa8Io",
    "ENCRYPTION_SALT": "Cv5Bn8Mq2We6Rt9Yu3Io7Pa1Sd4Fg0Hj5Kl",
}
PRODUCTION = {"ENVIRONMENT": "production", "DATABASE_URL": "sqlite:////tmp/vanguard-start.sqlite3"} | SECRETS


def start(shown: str = "settings.ENVIRONMENT, settings.DEPLOYED", **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own, with nothing else in its environment; prints what is `shown` of them."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", f"from config import settings; print({shown})"]
    return subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False)


pytestmark = [pytest.mark.slow, pytest.mark.once]


def test_production_starts_with_real_secrets_and_with_cookies_that_only_this_host_can_set() -> None:
    shown = ", ".join(f"settings.{name}" for name in ("DEPLOYED", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE"))
    assert start(shown, **PRODUCTION).stdout.strip() == "True __Host-sessionid __Host-csrftoken True"


@pytest.mark.parametrize("name", [*SECRETS, "DATABASE_URL"])
def test_production_does_not_start_without_a_secret_and_names_it(name: str) -> None:
    refused = start(**{key: value for key, value in PRODUCTION.items() if key != name})
    assert refused.returncode != 0
    assert f"{name} is not set" in refused.stderr


CARELESS = ["change-me-change-me-change-me-change-me", "0" * 40, "development-only-secret-0123456789abcdef", "short-Secret-9"]


@pytest.mark.parametrize(("name", "careless"), list(zip(SECRETS, CARELESS[1:], strict=True)))
def test_production_does_not_start_with_a_default_or_a_careless_secret_and_never_prints_it(name: str, careless: str) -> None:
    refused = start(**(PRODUCTION | {name: careless}))
    assert refused.returncode != 0
    assert name in refused.stderr
    assert careless not in refused.stderr


@pytest.mark.parametrize("careless", CARELESS)
@pytest.mark.parametrize("read", [environment.secret, environment.optional_secret, environment.secrets])
def test_every_kind_of_secret_is_held_to_the_same(
    read: Callable[[str, str], object], careless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", careless)
    with pytest.raises(ImproperlyConfigured, match=r"^JWT_SECRET_KEY is ") as refused:
        read("JWT_SECRET_KEY", "production")
    assert careless not in str(refused.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEY_FALLBACKS", "JWT_EARLIER_SECRET_KEYS"])
def test_an_optional_secret_is_held_to_the_same_when_it_is_given(name: str) -> None:
    assert name in start(**PRODUCTION, **{name: "x"}).stderr
    assert start(**PRODUCTION, **{name: "Wb7Hn2Kq9Zx4Tc6Vm1Rj8Ls5Gd3Fp0Ya"}).returncode == 0


def test_staff_need_a_second_factor_in_production_unless_it_is_told_otherwise() -> None:
    shown = "settings.REQUIRE_SECOND_FACTOR, settings.STEP_UP_MINUTES"
    assert start(shown, **PRODUCTION).stdout.strip() == "True 10"
    assert start(shown, **PRODUCTION, REQUIRE_SECOND_FACTOR="false").stdout.strip() == "False 10"
    assert start(shown, ENVIRONMENT="development").stdout.strip() == "False 10"


def test_what_was_signed_under_an_earlier_key_counts_where_djangos_own_is_derived_too() -> None:
    earlier = "Wb7Hn2Kq9Zx4Tc6Vm1Rj8Ls5Gd3Fp0Ya"
    before = start("settings.SECRET_KEY", **(PRODUCTION | {"JWT_SECRET_KEY": earlier})).stdout.strip()
    assert start("*settings.SECRET_KEY_FALLBACKS", **PRODUCTION, JWT_EARLIER_SECRET_KEYS=earlier).stdout.strip() == before != ""


def test_a_payment_provider_needs_its_secret_and_without_one_none_is_needed() -> None:
    named = PRODUCTION | {"PAYMENT_PROVIDER": "local"}
    assert "PAYMENT_WEBHOOK_SECRET is not set" in start(**named).stderr
    assert start(**named, PAYMENT_WEBHOOK_SECRET="Wb7Hn2Kq9Zx4Tc6Vm1Rj8Ls5Gd3Fp0Ya").returncode == 0
    assert "PAYMENT_PROVIDER" in start(PAYMENT_PROVIDER="somebody").stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ENVIRONMENT", "prod"), ("DEBUG", "perhaps"), ("LOG_LEVEL", "loud"), ("DATABASE_POOL_SIZE", "ten"), ("EMAIL_URL", "pigeon://coop")],
)
def test_a_value_that_cannot_be_read_stops_the_start_and_names_the_variable(variable: str, value: str) -> None:
    refused = start(**{variable: value})
    assert refused.returncode != 0
    assert variable in refused.stderr


def test_debug_pages_are_never_shown_to_strangers() -> None:
    assert "DEBUG must be false" in start(**PRODUCTION, DEBUG="true").stderr


def test_development_needs_no_variable_at_all() -> None:
    assert start().stdout.strip() == "development False"


def test_a_mail_server_is_read_from_its_address_and_its_password_is_never_printed() -> None:
    found = mailers("smtp+tls://maya:p%40ss@mail.example:587")["default"]
    options = {"host": "mail.example", "port": 587, "username": "maya", "password": "p@ss", "use_tls": True, "timeout": 10}
    assert found == {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
    assert mailers("smtp+ssl://mail.example")["default"]["OPTIONS"]["use_ssl"]
    refused = start(EMAIL_URL="smtp://maya:canary-7731@mail.example:port")
    assert "EMAIL_URL" in refused.stderr
    assert "canary-7731" not in refused.stderr

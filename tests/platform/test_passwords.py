import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from vanguard.accounts.models import User
from vanguard.accounts.services import create_user
from vanguard.errors import Conflict, Invalid


@pytest.mark.parametrize("weak", ["Short-1!", "no-upper-case-1!", "NO-LOWER-CASE-1!", "No-digit-here!", "NoSpecial12345"])
def test_a_password_against_the_policy_is_refused(weak: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, User(email="maya@vanguard.example", first_name="Maya"))


def test_a_password_is_stored_as_bcrypt_and_all_of_a_long_one_counts() -> None:
    assert make_password("Correct-horse-7!").startswith("bcrypt_sha256$$2b$")
    user = User(email="a@b.example")
    user.set_password("Aa1!" + "x" * 90 + "y")
    assert not user.check_password("Aa1!" + "x" * 90 + "z")


@pytest.mark.django_db
def test_the_same_policy_holds_for_new_log_ins_and_for_createsuperuser(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        create_user(None, email="new@vanguard.example", password="weak")
    assert not User.objects.exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "weak")
    with pytest.raises((CommandError, ValidationError)):
        call_command("createsuperuser", email="root@vanguard.example", first_name="R", last_name="T", interactive=False)


@pytest.mark.django_db
def test_an_email_address_logs_in_one_person_without_regard_to_case() -> None:
    create_user(None, email="Maya@vanguard.example", password="Correct-horse-7!", roles=["Adjuster"], is_staff=True)
    assert User.objects.get_by_natural_key("MAYA@VANGUARD.EXAMPLE").groups.get().name == "Adjuster"
    with pytest.raises(Conflict):
        create_user(None, email="maya@Vanguard.example", password="Correct-horse-7!")

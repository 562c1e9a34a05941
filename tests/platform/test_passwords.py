import pytest
from auditlog.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from tests.api.calling import Caller
from tests.factories import PASSWORD, adjuster, superuser
from vanguard.accounts.models import PasswordHistory, User
from vanguard.accounts.services import create_user
from vanguard.accounts.tokens import start_family
from vanguard.errors import Conflict, Invalid

pytestmark = pytest.mark.once


@pytest.mark.parametrize("weak", ["Short-1!", "no-upper-case-1!", "NO-LOWER-CASE-1!", "No-digit-here!", "NoSpecial12345"])
def test_a_password_against_the_policy_is_refused(weak: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(weak, User(email="maya@vanguard.example", first_name="Maya"))


@pytest.mark.parametrize(
    "known", ["Password2026!", "P@ssw0rd2026!", "!!Sunshine12345", "1q2w3e4r5T!!!", "Qwertyuiop123$", "Football-2026!"]
)
def test_a_password_that_breaches_are_full_of_is_refused_in_its_usual_disguise_too(known: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(known, User(email="maya@vanguard.example"))


@pytest.mark.parametrize("good", ["Correct-horse-7!", "Abc!839201745", "Love-4-figures-and-3-words!"])
def test_a_word_of_the_list_inside_a_good_password_does_no_harm(good: str) -> None:
    validate_password(good, User(email="maya@vanguard.example"))


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


def has_had(user: User, *passwords: str) -> None:
    for password in passwords:
        user.set_password(password)
        user.save()


@pytest.mark.django_db
def test_none_of_the_last_five_passwords_comes_back_and_the_sixth_does() -> None:
    user = create_user(None, email="maya@vanguard.example", password=numbered(0))
    has_had(user, *(numbered(n) for n in range(1, 6)))
    for n in range(1, 6):
        with pytest.raises(ValidationError, match="last 5"):
            validate_password(numbered(n), user)
    validate_password(numbered(0), user)
    assert PasswordHistory.objects.filter(user=user).count() == 5


def numbered(number: int) -> str:
    return f"Correct-horse-{number}!"


@pytest.mark.django_db
def test_a_password_that_was_set_past_the_history_counts_while_it_is_in_use() -> None:
    user = create_user(None, email="maya@vanguard.example", password=None)
    User.objects.filter(pk=user.pk).update(password=make_password(numbered(1)))
    assert not PasswordHistory.objects.exists()
    with pytest.raises(ValidationError, match="last 5"):
        validate_password(numbered(1), User.objects.get(pk=user.pk))


@pytest.mark.django_db
def test_the_history_holds_hashes_of_ones_own_only() -> None:
    maya = create_user(None, email="maya@vanguard.example", password=numbered(1))
    tom = create_user(None, email="tom@vanguard.example", password=numbered(2))
    assert all(each.startswith("bcrypt_sha256$") for each in PasswordHistory.objects.values_list("password", flat=True))
    validate_password(numbered(2), maya)
    validate_password(numbered(1), tom)


@pytest.mark.django_db
def test_the_history_holds_in_the_api() -> None:
    user = adjuster()
    caller = Caller(user)
    for new, status in ((numbered(8), 204), (PASSWORD, 422), (numbered(8), 422), (numbered(9), 204)):
        current = PASSWORD if status == 204 and new == numbered(8) else numbered(8)
        assert caller.post("/auth/password", {"currentPassword": current, "newPassword": new}).status == status


@pytest.mark.django_db
def test_the_history_holds_in_the_workbench_and_a_new_password_ends_the_log_ins_of_the_api() -> None:
    user, token = adjuster(), ""
    desk = Client()
    desk.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    token = start_family(user).access
    form = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert "last 5" in desk.post("/admin/password_change/", form).content.decode()
    assert Caller(token=token).get("/auth/me").status == 200
    assert desk.post("/admin/password_change/", form | {"new_password1": numbered(8), "new_password2": numbered(8)}).status_code == 302
    assert Caller(token=token).get("/auth/me").status == 401
    assert desk.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_an_administrator_who_sets_somebodys_password_ends_their_log_ins() -> None:
    user, desk = adjuster(), Client()
    boss = superuser()
    desk.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")
    token = start_family(user).access
    page = f"/admin/accounts/user/{user.pk}/password/"
    again = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert "last 5" in desk.post(page, again).content.decode()
    assert desk.post(page, again | {"password1": numbered(8), "password2": numbered(8)}).status_code == 302
    assert Caller(token=token).get("/auth/me").status == 401
    assert LogEntry.objects.get_for_object(user).latest("id").actor == boss

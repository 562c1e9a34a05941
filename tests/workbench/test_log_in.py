import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, UserFactory, adjuster, policyholder, staff, superuser
from tests.workbench.desk import source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
LOG_IN = "/admin/login/"
WRONG = "E-mail or password is wrong."


def log_in(email: str, password: str = PASSWORD, **more: str) -> tuple[Client, str, int]:
    client = Client()
    response = client.post(LOG_IN, {"username": email, "password": password, **more})
    return client, source(response), response.status_code


@pytest.mark.parametrize("role", ["Adjuster", "Supervisor", "Underwriter", "Finance", "Compliance"])
def test_each_staff_role_is_let_in_in_one_step(role: str) -> None:
    client, _, status = log_in(staff(role).email)
    assert status == 302
    home = client.get("/admin/")
    assert home.status_code == 200
    assert f"<small>{role}</small>" in source(home)


def test_a_superuser_is_the_administrator() -> None:
    client, _, _ = log_in(superuser().email)
    assert "<small>Administrator</small>" in source(client.get("/admin/"))


def test_the_e_mail_is_the_same_in_any_case() -> None:
    assert log_in(adjuster(email="Maya@vanguard.example").email.upper())[2] == 302


def test_everybody_who_is_not_let_in_reads_the_same_answer() -> None:
    worker, insured = adjuster(), policyholder()
    switched_off = adjuster(is_active=False)
    tries = [
        (worker.email, "Wrong-horse-7!"),
        ("nobody@vanguard.example", PASSWORD),
        (insured.email, PASSWORD),
        (switched_off.email, PASSWORD),
    ]
    pages = []
    for email, password in tries:
        client, page, status = log_in(email, password)
        assert status == 200
        assert WRONG in page
        assert client.get("/admin/").status_code == 302
        pages.append(words(client.get(LOG_IN)))
    assert len(set(pages)) == 1


def test_the_log_in_goes_on_to_the_page_that_was_asked_for() -> None:
    client = Client()
    asked = client.get("/admin/claims/claim/")
    assert asked.headers["Location"] == "/admin/login/?next=/admin/claims/claim/"
    answer = client.post(asked.headers["Location"], {"username": adjuster().email, "password": PASSWORD, "next": "/admin/claims/claim/"})
    assert answer.headers["Location"] == "/admin/claims/claim/"


def test_the_log_in_never_goes_on_to_another_site() -> None:
    answer = Client().post(LOG_IN, {"username": adjuster().email, "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["Location"] == reverse("admin:index")


def test_a_policyholder_with_a_session_does_not_get_in() -> None:
    client = Client()
    client.force_login(policyholder(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/claims/claim/").status_code == 302
    assert "not as staff" in words(client.get(LOG_IN))


def test_staff_without_a_role_get_in_and_are_told_why_there_is_nothing(db: None) -> None:
    user: User = UserFactory.build(is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    client, _, _ = log_in(user.email)
    assert "no role yet" in words(client.get("/admin/"))
    assert client.get("/admin/claims/claim/").status_code == 403


def test_the_form_asks_for_user_name_and_password_by_their_usual_names() -> None:
    page = source(Client().get(LOG_IN))
    assert 'name="username"' in page
    assert 'name="password"' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_after_three_wrong_tries_the_log_in_is_locked_for_the_right_password_too() -> None:
    worker = adjuster()
    for _ in range(3):
        assert log_in(worker.email, "Wrong-horse-7!")[2] == 200
    for password in ("Wrong-horse-7!", PASSWORD):
        answer = Client().post(LOG_IN, {"username": worker.email, "password": password})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 900
        assert "The log-in is locked for a while" in words(answer)


def test_a_time_zone_is_one_that_the_calendar_knows(maya: User) -> None:
    for zone in ("Nowhere/Foo", "", "../../etc/passwd", "Europe"):
        maya.time_zone = zone
        with pytest.raises(ValidationError) as refused:
            maya.full_clean()
        assert list(refused.value.message_dict) == ["time_zone"]
    maya.time_zone = "America/Los_Angeles"
    maya.full_clean()

import re

import pytest
from django.test import Client

from tests.factories import PASSWORD, adjuster, policyholder
from tests.mail.posted import posted
from tests.workbench.desk import source, words
from vanguard.accounts.forgotten import token_of

pytestmark = pytest.mark.django_db
ASK, PAGE = "/admin/password_reset/", "/admin/reset/"
NEW = "Another-horse-8!"


def ask(email: str) -> str:
    """What the page says afterwards."""
    return words(Client().post(ASK, {"email": email}, follow=True))


def choose(token: str, password: str = NEW, again: str | None = None) -> str:
    return words(Client().post(PAGE, {"token": token, "new_password": password, "again": again or password}, follow=True))


def test_the_log_in_leads_to_it() -> None:
    assert f'href="{ASK}"' in source(Client().get("/admin/login/"))


@pytest.mark.parametrize("page", [ASK, f"{ASK}done/", PAGE, f"{PAGE}done/"])
def test_no_page_of_it_is_kept_by_a_browser_or_on_the_way(page: str) -> None:
    assert "no-store" in Client().get(page).headers["Cache-Control"]


def test_staff_get_a_letter_that_leads_to_the_workbench_and_policyholders_one_to_the_frontend() -> None:
    people = [adjuster().email, policyholder().email, "nobody@vanguard.example"]
    assert len({ask(email) for email in people}) == 1
    links = [re.findall(r"https?://\S+(?=#token=)", str(letter.body))[0] for letter in posted()]
    assert links == ["http://127.0.0.1:8000/admin/reset/", "https://app.vanguardai.com/reset-password"]


def test_the_letters_host_is_never_the_requests() -> None:
    Client().post(ASK, {"email": adjuster().email}, headers={"Host": "evil.vanguardai.com"})
    assert "evil" not in str(posted()[0].body)


def test_the_token_sets_a_new_password_once() -> None:
    worker = adjuster()
    token = token_of(worker)
    assert "The password is set" in choose(token)
    for password, status in ((PASSWORD, 200), (NEW, 302)):
        assert Client().post("/admin/login/", {"username": worker.email, "password": password}).status_code == status
    assert "does not work any more" in choose(token, "Yet-another-9!x")


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [("short", None, "at least 12 characters"), (PASSWORD, None, "one of your last 5"), (NEW, NEW + "x", "not the same")],
)
def test_a_password_that_cannot_be_taken_is_explained(password: str, again: str | None, said: str) -> None:
    worker = adjuster()
    token = token_of(worker)
    assert said in choose(token, password, again)
    assert "The password is set" in choose(token)


def test_without_a_token_the_page_asks_for_another_link() -> None:
    page = Client().post(PAGE, {"token": "", "new_password": NEW, "again": NEW})
    assert "does not work any more" in words(page)
    assert f'href="{ASK}"' in source(page)
    assert NEW not in source(page)

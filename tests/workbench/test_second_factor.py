"""The second factor at the desk: set up with a picture, asked for at each log-in, taken away by administrators only."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.authenticators import Authenticator, Enrolled, at_the_desk
from tests.factories import PASSWORD, adjuster, policyholder, superuser
from tests.workbench.desk import desk_of, hidden, source, words
from vanguard.accounts.models import RecoveryCode, SecondFactor, TokenFamily, User
from vanguard.accounts.tokens import start_family

pytestmark = pytest.mark.django_db
LOG_IN, CODE, SET_UP = "/admin/login/", "/admin/login/code/", "/admin/account/second-factor/"


def after_the_password(user: User, after: str = "/admin/") -> Client:
    client = Client()
    answer = client.post(LOG_IN, {"username": user.email, "password": PASSWORD, "next": after})
    assert (answer.status_code, answer.headers["Location"]) == (302, CODE)
    return client


def key_on(page: str) -> str:
    [key] = re.findall(r"<code>([A-Z2-7 ]{30,})</code>", page)
    return str(key).replace(" ", "")


def test_it_is_set_up_with_a_picture_and_the_first_code() -> None:
    maya = adjuster()
    desk, elsewhere, family = desk_of(maya), desk_of(maya), start_family(maya)
    page = source(desk.get(SET_UP))
    assert '<svg viewBox="' in page
    assert "style=" not in page.partition("<main")[2]
    assert not SecondFactor.objects.exists()
    phone = Authenticator(key_on(page))
    answer = desk.post(SET_UP, hidden(page, "second-factor-form") | {"otp": phone.code(-1)})
    codes = re.findall(r"<code>((?:[A-Z2-9]{4}-){5}[A-Z2-9]{4})</code>", source(answer))
    assert len(set(codes)) == 10
    assert "no-store" in answer.headers["Cache-Control"]
    # The session that set it up goes on; those that were opened without it have ended.
    assert (desk.get("/admin/").status_code, elsewhere.get("/admin/").status_code) == (200, 302)
    assert not TokenFamily.objects.filter(ended_at=None, user=maya).exists(), family
    assert "10 left" in words(desk.get("/admin/account/"))
    assert after_the_password(maya).post(CODE, {"otp": codes[0]}).headers["Location"] == "/admin/"


def test_a_wrong_first_code_sets_nothing_up_and_keeps_the_key() -> None:
    desk = desk_of(adjuster())
    page = source(desk.get(SET_UP))
    answer = desk.post(SET_UP, hidden(page, "second-factor-form") | {"otp": "abcdef"})
    assert answer.status_code == 422
    assert key_on(source(answer)) == key_on(page)
    assert not SecondFactor.objects.exists()
    assert desk.post(SET_UP, {"set_up": "forged", "otp": "123456"}).status_code == 422


def test_the_log_in_asks_for_the_code_and_goes_on_where_it_was_going() -> None:
    maya = Enrolled(adjuster())
    desk = after_the_password(maya.user, "/admin/claims/claim/")
    assert desk.get("/admin/claims/claim/").status_code == 302
    wrong = desk.post(CODE, {"otp": "abcdef"})
    assert (wrong.status_code, "not valid" in source(wrong)) == (200, True)
    right = desk.post(CODE, {"otp": maya.code()})
    assert right.headers["Location"] == "/admin/claims/claim/"
    assert any(name.startswith("device-") for name in right.cookies)
    assert desk.get("/admin/claims/claim/").status_code == 200
    assert desk.get(CODE).status_code == 302


def test_the_log_in_never_goes_on_to_another_site() -> None:
    maya = Enrolled(adjuster())
    assert after_the_password(maya.user, "https://evil.example/").post(CODE, {"otp": maya.code()}).headers["Location"] == "/admin/"


def test_nothing_tells_of_a_factor_before_the_password_is_right() -> None:
    pages = []
    for user in (Enrolled(adjuster()).user, adjuster()):
        client = Client()
        answer = client.post(LOG_IN, {"username": user.email, "password": "wrong"})
        pages.append((answer.status_code, re.sub(r'value="[^"]*"', "", words(answer))))
        assert client.get(CODE).headers["Location"] == LOG_IN
    assert len(set(pages)) == 1


def test_a_policyholder_with_a_factor_is_answered_like_anybody() -> None:
    rosa = Enrolled(policyholder())
    answer = Client().post(LOG_IN, {"username": rosa.user.email, "password": PASSWORD})
    assert (answer.status_code, "E-mail or password is wrong." in source(answer)) == (200, True)


def test_a_password_without_the_code_is_no_log_in_and_lasts_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    desk = after_the_password(maya.user)
    assert desk.get("/admin/account/").status_code == 302
    monkeypatch.setattr("vanguard.workbench.second_step.SECONDS", -1)
    assert desk.post(CODE, {"otp": maya.code()}).headers["Location"] == LOG_IN


def test_the_password_that_was_right_before_counts_no_more_once_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    desk = after_the_password(maya.user)
    maya.user.set_password("Another-horse-8!")
    maya.user.save()
    assert desk.post(CODE, {"otp": maya.code()}).headers["Location"] == LOG_IN


def test_codes_are_tried_under_the_lock_of_passwords() -> None:
    maya = Enrolled(adjuster())
    tried = [after_the_password(maya.user).post(CODE, {"otp": "abcdef"}).status_code for _ in range(3)]
    assert tried == [200, 200, 200]
    locked = Client().post(LOG_IN, {"username": maya.user.email, "password": PASSWORD})
    assert (locked.status_code, "Retry-After" in locked.headers) == (429, True)


def test_the_lock_holds_on_the_page_of_the_code_too() -> None:
    maya = Enrolled(adjuster())
    desk = after_the_password(maya.user)
    assert [desk.post(CODE, {"otp": "abcdef"}).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert desk.post(CODE, {"otp": maya.code()}).status_code == 429


def test_where_it_is_required_staff_without_one_can_do_nothing_but_set_it_up(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    maya = adjuster()
    client = Client()
    client.post(LOG_IN, {"username": maya.email, "password": PASSWORD})
    for page in ("/admin/", "/admin/claims/claim/", "/admin/account/", "/admin/search/", "/admin/password_change/", "/admin/no-such-page/"):
        assert client.get(page).headers["Location"] == SET_UP, page
    page = source(client.get(SET_UP))
    client.post(SET_UP, hidden(page, "second-factor-form") | {"otp": Authenticator(key_on(page)).code()})
    assert client.get("/admin/").status_code == 200


def test_who_must_set_it_up_may_log_out(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    desk = desk_of(adjuster())
    assert desk.post("/admin/logout/").status_code == 200
    assert desk.get("/admin/").headers["Location"].startswith(LOG_IN)


def test_another_authenticator_and_new_recovery_codes_need_a_fresh_code(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = Enrolled(adjuster())
    desk = desk_of(maya.user)
    assert "Confirm that it is you" in words(desk.get(SET_UP))
    asked = desk.post("/admin/account/recovery-codes/")
    assert (asked.status_code, RecoveryCode.objects.count()) == (403, 10)
    given = desk.post("/admin/account/recovery-codes/", {"step_up_code": maya.code()})
    assert "10 recovery codes" in words(given)
    assert set(re.findall(r"<code>([A-Z2-9-]{29})</code>", source(given))).isdisjoint(maya.recovery_codes)
    assert key_on(source(desk.get(SET_UP)))


def test_an_administrator_resets_it_and_never_sees_the_secret() -> None:
    maya, boss = Enrolled(adjuster()), superuser()
    page, here = desk_of(boss), f"/admin/accounts/user/{maya.user.pk}/access/"
    token, desk = start_family(maya.user), desk_of(maya.user)
    assert here in source(page.get(f"/admin/accounts/user/{maya.user.pk}/change/"))
    shown = source(page.get(here)) + source(page.get(f"/admin/accounts/user/{maya.user.pk}/change/"))
    assert maya.phone.totp.secret not in shown
    assert "The second factor is reset" in words(page.post(here, {"deed": "reset"}, follow=True))
    assert (desk.get("/admin/").status_code, TokenFamily.objects.filter(ended_at=None).count()) == (302, 0), token
    assert "has no second factor" in words(page.post(here, {"deed": "reset"}, follow=True))
    assert page.post(here, {"deed": "another"}).status_code == 404


def test_nobody_else_gets_at_it() -> None:
    maya, tom = Enrolled(adjuster()), desk_of(adjuster())
    here = f"/admin/accounts/user/{maya.user.pk}/access/"
    assert [tom.get(here).status_code, tom.post(here, {"deed": "reset"}).status_code] == [403, 403]
    assert SecondFactor.objects.count() == 1


def test_all_other_log_ins_are_ended_by_hand() -> None:
    maya = adjuster()
    desk, elsewhere = desk_of(maya), desk_of(maya)
    start_family(maya)
    others = TokenFamily.objects.create(user=adjuster())
    [family] = TokenFamily.objects.filter(user=maya)
    for each in (family, others):
        desk.post("/admin/account/log-ins/end/", {"family": str(each.pk)})
    desk.post("/admin/account/log-ins/end/", {"family": "x"})
    assert list(TokenFamily.objects.filter(ended_at=None)) == [others]
    assert elsewhere.get("/admin/").status_code == 200
    desk.post("/admin/account/log-ins/end/")
    assert (desk.get("/admin/").status_code, elsewhere.get("/admin/").status_code) == (200, 302)


def test_no_browser_keeps_the_page_of_the_own_password() -> None:
    for page in ("password_change/", "password_change/done/"):
        assert "no-store" in desk_of(adjuster()).get(f"/admin/{page}").headers["Cache-Control"], page


def test_nothing_is_changed_by_opening_an_address() -> None:
    maya = Enrolled(adjuster())
    desk = at_the_desk(maya)
    for page in ("/admin/account/recovery-codes/", "/admin/account/log-ins/end/"):
        assert desk.get(page).status_code == 405
    desk.get(SET_UP)
    assert SecondFactor.objects.get().secret == maya.phone.totp.secret

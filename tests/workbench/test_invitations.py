"""Invitations: an administrator makes a log-in, a letter's link sets its first password, once and within three days."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests import needs
from tests.api.calling import Caller
from tests.authenticators import Enrolled
from tests.factories import PASSWORD, CustomerFactory, adjuster, superuser
from tests.mail.posted import posted
from tests.workbench.desk import desk_of, hidden, source, words
from vanguard.accounts import invitations
from vanguard.accounts.models import Invitation, User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
INVITE, PAGE = "/admin/accounts/user/invite/", "/admin/reset/"
ADDRESS = "ines@vanguard.example"
FORM = {"first_name": "Ines", "last_name": "Moreau", "email": ADDRESS, "role": "Adjuster"}


def link() -> tuple[str, str]:
    """Where the newest letter leads, and with what token."""
    [(page, token)] = re.findall(r"(https?://\S+)#token=(\S+)", str(posted()[-1].body))
    return page, token


def choose(token: str, password: str = PASSWORD) -> str:
    return words(Client().post(PAGE, {"token": token, "new_password": password, "again": password}, follow=True))


def access(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/access/"


def test_an_administrator_invites_and_the_link_sets_the_first_password() -> None:
    answer = desk_of(superuser()).post(INVITE, FORM, follow=True)
    assert "is on its way" in words(answer)
    invited = User.objects.get(email=ADDRESS)
    assert (invited.has_usable_password(), invited.is_staff, invited.is_superuser) == (False, True, False)
    assert [group.name for group in invited.groups.all()] == ["Adjuster"]
    page, token = link()
    assert (page, posted()[-1].to) == ("http://127.0.0.1:8000/admin/reset/", [ADDRESS])
    assert token not in str(Invitation.objects.values())
    assert "policy" not in choose(token).lower()
    assert Client().post("/admin/login/", {"username": ADDRESS, "password": PASSWORD}).status_code == 302


def test_the_link_works_once() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    _, token = link()
    assert "The password is set" in choose(token)
    assert "does not work any more" in choose(token, "Another-horse-8!")
    assert User.objects.get(email=ADDRESS).check_password(PASSWORD)


def test_the_first_password_is_held_against_the_policy_and_the_link_stays_good() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    _, token = link()
    assert "The password needs" in choose(token, "short")
    assert "The password is set" in choose(token)


def test_after_three_days_it_is_too_late() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    _, token = link()
    left = Invitation.objects.get().expires_at - timezone.now()
    assert timedelta(days=3, minutes=-1) < left <= timedelta(days=3)
    Invitation.objects.update(expires_at=timezone.now())
    assert "does not work any more" in choose(token)


def test_sent_again_the_letter_before_is_void_and_the_days_begin_anew() -> None:
    boss = desk_of(superuser())
    boss.post(INVITE, FORM)
    _, first = link()
    Invitation.objects.update(expires_at=timezone.now())
    assert "Another letter" in words(boss.post(access(User.objects.get(email=ADDRESS)), {"deed": "resend"}, follow=True))
    _, second = link()
    assert "does not work any more" in choose(first)
    assert "The password is set" in choose(second)


def test_withdrawn_the_link_is_void_and_the_log_in_off_until_it_is_sent_again() -> None:
    boss = desk_of(superuser())
    boss.post(INVITE, FORM)
    invited = User.objects.get(email=ADDRESS)
    _, token = link()
    assert "The link is void" in words(boss.post(access(invited), {"deed": "withdraw"}, follow=True))
    assert "does not work any more" in choose(token)
    assert not User.objects.get(pk=invited.pk).is_active
    boss.post(access(invited), {"deed": "resend"})
    assert "The password is set" in choose(link()[1])


def test_who_has_a_password_or_was_never_invited_is_not_invited_again() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    choose(link()[1])
    for person in (User.objects.get(email=ADDRESS), adjuster()):
        for service in (invitations.resend, invitations.withdraw):
            with pytest.raises(Conflict):
                service(None, person)
    assert User.objects.get(email=ADDRESS).is_active


def test_an_address_that_is_taken_and_one_that_is_none_are_refused_at_their_field() -> None:
    boss = desk_of(superuser())
    taken = boss.post(INVITE, FORM | {"email": adjuster().email.upper()})
    assert (taken.status_code, "This e-mail address is taken." in words(taken)) == (409, True)
    assert boss.post(INVITE, FORM | {"email": "nobody"}).status_code == 422
    assert not Invitation.objects.exists()
    with pytest.raises(Invalid):
        invitations.invite(None, email="nobody", role="Adjuster")
    with pytest.raises(Invalid):
        invitations.invite(None, email=ADDRESS, role="King")


def test_an_administrator_is_invited_as_one() -> None:
    invited = invitations.invite(None, email=ADDRESS, role="Administrator").user
    assert (invited.is_staff, invited.is_superuser, list(invited.groups.all())) == (True, True, [])


def test_nobody_else_invites() -> None:
    maya = adjuster()
    assert desk_of(maya).post(INVITE, FORM).status_code == 403
    for service in (invitations.resend, invitations.withdraw):
        with pytest.raises(NotAllowed):
            service(maya, adjuster())
    with pytest.raises(NotAllowed):
        invitations.invite(maya, email=ADDRESS, role="Adjuster")


def test_an_administrator_with_a_second_factor_confirms_with_a_code() -> None:
    boss = Enrolled(superuser())
    desk = desk_of(boss.user)
    asked = desk.post(INVITE, FORM)
    assert (asked.status_code, User.objects.filter(email=ADDRESS).exists()) == (403, False)
    desk.post(INVITE, hidden(source(asked), "step-up-form") | {"step_up_code": boss.code()})
    assert User.objects.filter(email=ADDRESS).exists()


def test_a_policyholders_log_in_is_tied_to_the_customer_with_its_address() -> None:
    customer = CustomerFactory.create(email="Harold@example.com")
    invited = invitations.invite(superuser(), email="harold@example.com", role="Policyholder").user
    customer.refresh_from_db()
    assert (customer.user, invited.is_staff) == (invited, False)
    page, token = link()
    assert page == "https://app.vanguardai.com/reset-password"
    assert Caller().post("/auth/password/reset", {"token": token, "newPassword": PASSWORD}).status == 204
    logged_in = Caller().post("/auth/token", {"email": "harold@example.com", "password": PASSWORD})
    assert Caller(token=str(logged_in.data["accessToken"])).get("/auth/me").data["customer"]["id"] == str(customer.pk)
    for address in ("harold@example.com", "unknown@example.com"):
        with pytest.raises(Conflict):
            invitations.invite(None, email=address, role="Policyholder")
    assert not User.objects.filter(email="unknown@example.com").exists()


def test_what_an_administrator_did_is_audited_and_the_token_is_nowhere() -> None:
    boss = superuser()
    desk_of(boss).post(INVITE, FORM)
    entries = LogEntry.objects.filter(object_pk=str(User.objects.get(email=ADDRESS).pk))
    assert {entry.actor for entry in entries} == {boss}
    told = str(list(LogEntry.objects.values()))
    assert Invitation.objects.get().digest not in told
    assert link()[1] not in told


def test_where_it_is_required_the_first_log_in_leads_to_the_second_factor(settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    choose(link()[1])
    client = Client()
    client.post("/admin/login/", {"username": ADDRESS, "password": PASSWORD})
    assert client.get("/admin/").headers["Location"] == "/admin/account/second-factor/"


def test_a_forgotten_password_is_no_way_around_the_invitation() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    posted()
    Client().post("/admin/password_reset/", {"email": ADDRESS})
    assert len(posted()) == 1


def test_a_bad_link_is_answered_alike_whoever_it_might_be_of() -> None:
    answers = [Caller().post("/auth/password/reset", {"token": token, "newPassword": PASSWORD}) for token in ("invitation.x", "x.y", "x")]
    assert {(answer.status, str(answer.errors)) for answer in answers} == {(422, str({"token": "bad_token"}))}


def test_the_command_invites_and_says_what_is_wrong() -> None:
    out = StringIO()
    call_command("invite", ADDRESS, "Supervisor", first_name="Ines", stdout=out)
    assert "Invited." in out.getvalue()
    assert User.objects.get(email=ADDRESS).first_name == "Ines"
    with pytest.raises(CommandError, match="taken"):
        call_command("invite", ADDRESS, "Supervisor", stdout=out)


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_used_twice_at_the_same_instant_works_once() -> None:
    invitations.invite(None, email=ADDRESS, role="Adjuster")
    token, together = link()[1], threading.Barrier(4)

    def use(number: int) -> bool:
        try:
            together.wait()
            invitations.accept(token, f"{PASSWORD}{number}")
            return True
        except Invalid:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, range(4))) == 1

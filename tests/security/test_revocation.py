"""S8: what ends a log-in ends it at the next request, in the API as in the workbench. Sockets: tests/realtime/test_doors.py."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.api.calling import Caller
from tests.factories import PASSWORD, adjuster
from tests.security.long import figure
from tests.workbench.desk import desk_of
from vanguard.accounts.models import User
from vanguard.accounts.services import end_log_ins

pytestmark = pytest.mark.django_db
CLAIMS = "/admin/claims/claim/"


def new_password(user: User) -> None:
    user.set_password("Another-horse-8!")
    user.save()
    end_log_ins(user, "password changed")


def disabled(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def all_ended(user: User) -> None:
    end_log_ins(user, "ended by hand")


def no_staff(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


ENDS: dict[str, Callable[[User], None]] = {"new password": new_password, "disabled": disabled, "all ended": all_ended}


@pytest.mark.parametrize("name", ENDS)
def test_the_log_in_is_dead_at_the_next_request(name: str) -> None:
    maya = adjuster()
    caller, desk = Caller(maya), desk_of(maya)
    assert (caller.get("/claims").status, desk.get(CLAIMS).status_code) == (200, 200)
    ENDS[name](maya)
    by_api, at_the_desk = caller.get("/claims").status, desk.get(CLAIMS)
    figure("S8", f"{name}: the next request is answered {by_api} by the API, {at_the_desk.status_code} to the log-in by the workbench")
    assert by_api == 401
    assert at_the_desk.headers["Location"].startswith("/admin/login/")


def test_a_role_that_is_taken_is_gone_at_the_next_request() -> None:
    maya = adjuster()
    caller, desk = Caller(maya), desk_of(maya)
    maya.groups.clear()
    assert (caller.get("/reports/triangle?value=paid&origin=year&development=year").status, desk.get(CLAIMS).status_code) == (403, 403)


def test_who_is_staff_no_more_is_out_of_the_workbench() -> None:
    maya = adjuster()
    desk = desk_of(maya)
    no_staff(maya)
    assert desk.get(CLAIMS).status_code == 302


def test_a_log_out_ends_the_log_in_that_it_was_called_in_and_refresh_tokens_with_it() -> None:
    body = {"email": adjuster(email="maya@vanguard.example").email, "password": PASSWORD}
    here, elsewhere = Caller().post("/auth/token", body).data, Caller().post("/auth/token", body).data
    assert Caller(token=str(here["accessToken"])).post("/auth/logout", {}).status == 204
    assert Caller(token=str(here["accessToken"])).get("/auth/me").status == 401
    assert Caller().post("/auth/refresh", {"refreshToken": here["refreshToken"]}).status == 401
    assert Caller(token=str(elsewhere["accessToken"])).get("/auth/me").status == 200


def test_a_log_out_of_the_workbench_ends_the_session_itself_and_not_only_the_cookie() -> None:
    maya, thief = desk_of(adjuster()), Client()
    thief.cookies["sessionid"] = maya.cookies["sessionid"].value
    assert thief.get(CLAIMS).status_code == 200
    maya.post("/admin/logout/")
    assert thief.get(CLAIMS).status_code == 302

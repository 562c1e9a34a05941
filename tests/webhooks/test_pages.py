"""Administrators add a webhook, see how it does, and put right what can be; nobody is shown a secret twice."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import staff, superuser
from tests.webhooks.deliveries import delivery, endpoint
from tests.webhooks.receiver import Receiver
from tests.workbench.desk import desk_of, source, words
from vanguard.webhooks.models import Cursor, Delivery, Endpoint, Health
from vanguard.webhooks.sending import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST, NEW = "/admin/webhooks/", "/admin/webhooks/new/"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


@pytest.fixture
def desk() -> Client:
    return desk_of(superuser())


def page_of(one: Endpoint) -> str:
    return f"{LIST}{one.pk}/"


def filled(receiver: Receiver, **fields: Any) -> dict[str, Any]:
    return {"name": "Body shops", "url": receiver.url, "event_types": ["claim.filed", "claim.paid"]} | fields


def test_a_new_webhook_shows_its_secret_once(desk: Client, receiver: Receiver) -> None:
    assert "Nobody is told yet" in words(desk.get(LIST))
    form = source(desk.get(NEW))
    assert form.count('name="event_types"') > 25
    made = desk.post(NEW, filled(receiver))
    one = Endpoint.objects.get()
    assert SECRET.findall(source(made)) == [one.secret]
    assert (one.name, one.url, one.event_types) == ("Body shops", receiver.url, ["claim.filed", "claim.paid"])
    for page in (LIST, page_of(one), page_of(one) + "edit/"):
        assert not SECRET.search(source(desk.get(page)))
    assert "Body shops" in words(desk.get(LIST))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"url": "https://169.254.169.254/latest"}, "This address is not on the public internet over https."),
        ({"url": "https://user:pass@partner.example/"}, "Leave user and password out"),
        ({"url": "https://nobody.invalid/"}, "This name does not resolve."),
        ({"name": ""}, "Name is missing."),
        ({"event_types": []}, "What is told is missing."),
        ({"event_types": ["claim.invented"]}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_called_is_refused_at_its_field(desk: Client, receiver: Receiver, fields: dict[str, Any], says: str) -> None:
    answer = desk.post(NEW, filled(receiver, **fields))
    assert answer.status_code == 422
    assert says in words(answer)
    assert not Endpoint.objects.exists()


def test_an_endpoint_is_changed_and_a_second_save_of_the_same_page_is_refused(desk: Client, receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    changed = filled(receiver, name="Towing", version=one.version)
    assert desk.post(page_of(one) + "edit/", changed).status_code == 302
    one.refresh_from_db()
    assert one.name == "Towing"
    assert "Somebody else changed this record meanwhile" in words(desk.post(page_of(one) + "edit/", changed))


def test_deliveries_are_seen_and_one_that_was_given_up_goes_again(desk: Client, receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    sent = delivery(one)
    Delivery.objects.update(begun_at=timezone.now() - datetime.timedelta(days=3))
    receiver.answer(500, 200)
    deliver()
    page = words(desk.get(page_of(one) + "?state=given_up"))
    assert "Given up" in page
    assert str(sent.event_id) in page
    assert "No delivery in this state" in words(desk.get(page_of(one) + "?state=delivered"))
    assert desk.post(page_of(one), {"deed": "redeliver", "delivery": sent.pk}).status_code == 302
    deliver()
    assert [got.headers["webhook-id"] for got in receiver.got] == [str(sent.event_id)] * 2
    another = endpoint(receiver.url)
    desk.post(page_of(another), {"deed": "redeliver", "delivery": sent.pk})
    sent.refresh_from_db()
    assert sent.state == "delivered", "the delivery of one is not another's"


def test_buttons_ping_rotate_switch_off_and_on_and_remove(
    desk: Client, receiver: Receiver, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    one = endpoint(receiver.url)
    desk.post(page_of(one), {"deed": "ping"})
    assert one.deliveries.get().event.type == "ping"
    [secret] = SECRET.findall(source(desk.post(page_of(one), {"deed": "rotate"})))
    one.refresh_from_db()
    assert (one.secret, len(one.secrets)) == (secret, 2)
    assert "Two secrets sign until" in words(desk.get(page_of(one)))
    for deed, off in (("off", "by_hand"), ("on", ""), ("off", "by_hand")):
        desk.post(page_of(one), {"deed": deed})
        one.refresh_from_db()
        assert one.off == off
    assert desk.post(page_of(one), {"deed": "invented"}).status_code == 404
    desk.post(page_of(one), {"deed": "remove"})
    assert not Endpoint.objects.exists()
    assert desk.get(page_of(one)).status_code == 404


def test_nobody_else_can_send_a_form(receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    for role in ("Supervisor", "Compliance", "Underwriter"):
        desk = desk_of(staff(role))
        assert desk.post(NEW, filled(receiver)).status_code == 403
        for deed in ("ping", "rotate", "off", "remove"):
            assert desk.post(page_of(one), {"deed": deed}).status_code == 403
        assert desk.post(page_of(one) + "edit/", filled(receiver)).status_code == 403
    assert list(Endpoint.objects.values_list("off", "version")) == [("", 1)]


def test_the_home_page_says_which_partners_are_not_being_told(desk: Client, receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    assert "Partners are not being told" not in words(desk.get("/admin/"))
    Health.objects.update(failing_since=timezone.now() - datetime.timedelta(hours=2))
    assert "Partners are not being told" in words(desk.get("/admin/"))
    Endpoint.objects.filter(pk=one.pk).update(off="gone", off_since=timezone.now())
    assert "switched off" in words(desk.get("/admin/"))
    assert "Partners are not being told" not in words(desk_of(staff("Supervisor")).get("/admin/"))


def test_a_sender_that_does_not_run_is_noticed(desk: Client, receiver: Receiver) -> None:
    endpoint(receiver.url)
    deliver()
    assert "Nothing is being sent" not in words(desk.get(LIST))
    Cursor.objects.update(looked_at=timezone.now() - datetime.timedelta(minutes=6))
    assert "Nothing is being sent" in words(desk.get(LIST))

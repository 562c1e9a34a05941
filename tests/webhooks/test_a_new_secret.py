"""“Make a new secret”, clicked twice: the second click makes none, so that the partner’s own goes on signing beside the new one."""

from functools import partial
from typing import Any

import pytest
from django.test import Client

from tests.api.test_same_instant import at_once
from tests.authenticators import Enrolled
from tests.factories import superuser
from tests.webhooks.deliveries import endpoint
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_pages import SECRET, page_of
from tests.workbench.desk import desk_of, hidden, open_form, source, words
from vanguard.webhooks.models import Endpoint


@pytest.fixture
def desk(db: None) -> Client:
    return desk_of(superuser())


def opened_by(desk: Client, one: Endpoint) -> dict[str, str]:
    """What the button sends."""
    return open_form(desk, page_of(one), "rotate-form")


def rotate(desk: Client, one: Endpoint, sent: dict[str, str]) -> Any:
    return desk.post(page_of(one), sent, follow=True)


@pytest.mark.django_db
@pytest.mark.once
def test_a_second_click_makes_no_second_secret_and_the_partners_own_goes_on_signing(desk: Client, receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    partners, opened = one.secret, opened_by(desk, one)
    [made] = SECRET.findall(source(rotate(desk, one, opened)))
    second = rotate(desk, one, opened)
    one.refresh_from_db()
    assert one.secrets == [made, partners]
    assert second.redirect_chain == [(page_of(one), 302)]
    for said in ("You did this at", "It is shown once", "Your second click changed nothing."):
        assert said in words(second)
    assert not SECRET.search(source(second))


@pytest.mark.django_db
@pytest.mark.once
def test_a_page_that_is_opened_afresh_makes_another_secret(desk: Client, receiver: Receiver) -> None:
    one = endpoint(receiver.url)
    made = [SECRET.findall(source(rotate(desk, one, opened_by(desk, one)))) for _ in range(2)]
    one.refresh_from_db()
    assert [[each] for each in one.secrets] == made[::-1]


@pytest.mark.django_db
@pytest.mark.once
def test_a_code_that_was_asked_for_in_between_makes_it_no_other_click(receiver: Receiver) -> None:
    enrolled, one = Enrolled(superuser()), endpoint(receiver.url)
    desk, partners = desk_of(enrolled.user), one.secret
    opened = opened_by(desk, one)
    asked = rotate(desk, one, opened)
    assert "Confirm that it is you" in words(asked)
    rotate(desk, one, hidden(source(asked), "step-up-form") | {"step_up_code": enrolled.code()})
    assert "Your second click changed nothing." in words(rotate(desk, one, opened))
    one.refresh_from_db()
    assert one.secrets[1] == partners


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_instant_make_one_secret(receiver: Receiver) -> None:
    one, boss = endpoint(receiver.url), superuser()
    partners, opened = one.secret, opened_by(desk_of(boss), one)
    answers: Any = at_once(*[partial(rotate, desk_of(boss), one, opened) for _ in range(2)])
    one.refresh_from_db()
    assert one.secrets == [one.secret, partners]
    shown = [found for answer in answers for found in SECRET.findall(source(answer))]
    assert shown == [one.secret]
    assert sum("Your second click changed nothing." in words(answer) for answer in answers) == 1

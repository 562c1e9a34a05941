"""Personal data in plain: a reason, a role, a quota, an event each time; and breaking the glass, of which a second person is told."""

import datetime
import logging
from typing import Any
from unittest.mock import patch

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from customers.models import BreakGlass, Customer, CustomerExport, Reveal
from customers.services import break_glass, export_customer, reveal
from tests.authenticators import Enrolled, stepped_up
from tests.factories import CustomerFactory, adjuster, policyholder, staff, supervisor
from tests.mail.posted import posted
from vanguard.accounts.models import User
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, StepUpRequired

pytestmark = pytest.mark.django_db
SSN = "078-05-1120"


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory.create(ssn=SSN)


def look(actor: User, customer: Customer, **fields: Any) -> dict[str, str]:
    return reveal(actor, customer.pk, **({"fields": ["phone", "ssn"], "reason": "She called and gave another number"} | fields))


def events(caplog: pytest.LogCaptureFixture, kind: str) -> list[Any]:
    return [record for record in caplog.records if getattr(record, "event_type", "") == kind]


def test_each_look_shows_what_was_asked_for_and_is_a_row_an_audit_entry_and_an_event(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    actor = supervisor()
    with caplog.at_level(logging.INFO, "insurance.events"):
        assert look(actor, customer) == {"phone": "+1 916 555 0142", "ssn": "078051120"}
        look(actor, customer, fields=["address"])
    rows = Reveal.objects.order_by("at")
    assert [(row.actor, row.fields, row.reason) for row in rows] == [
        (actor, ["phone", "ssn"], "She called and gave another number"),
        (actor, ["address"], "She called and gave another number"),
    ]
    assert LogEntry.objects.filter(object_pk=str(customer.pk), action=LogEntry.Action.ACCESS, actor=actor).count() == 2
    assert len(events(caplog, "personal_data_revealed")) == 2
    assert "078051120" not in caplog.text


def test_it_takes_the_role_a_reason_and_something_to_show(customer: Customer) -> None:
    with pytest.raises(NotAllowed):
        look(adjuster(), customer)
    mistakes: list[dict[str, Any]] = [{"reason": " "}, {"fields": []}, {"fields": ["email"]}]
    for wrong in mistakes:
        with pytest.raises(Invalid):
            look(supervisor(), customer, **wrong)
    assert not Reveal.objects.exists()


def test_who_has_a_second_factor_gives_a_fresh_code_first(customer: Customer) -> None:
    ruth = Enrolled(staff("Compliance"))
    with pytest.raises(StepUpRequired):
        look(ruth.user, customer)
    assert not Reveal.objects.exists()


def test_beyond_the_days_quota_each_look_alarms_compliance_and_the_next_day_counts_anew(
    customer: Customer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REVEALS_A_DAY = 2
    actor = supervisor()
    with caplog.at_level(logging.INFO, "insurance.events"):
        for _ in range(4):
            look(actor, customer)
        assert len(events(caplog, "reveal_quota_exceeded")) == 2
        assert Reveal.objects.filter(beyond_quota=True).count() == 2
        with patch("django.utils.timezone.now", return_value=timezone.now() + datetime.timedelta(days=1)):
            look(actor, customer)
    assert len(events(caplog, "reveal_quota_exceeded")) == 2


class TestAllThatIsHeld:
    """Handed to staff, it is a look like any other: it shows more, not less."""

    @pytest.mark.parametrize("form", ["json", "pdf"])
    def test_it_is_a_row_an_audit_entry_and_an_event_with_its_reason(
        self, customer: Customer, form: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        actor = staff("Underwriter")
        with caplog.at_level(logging.INFO, "insurance.events"):
            _, content = export_customer(actor, customer.pk, form=form, reason=" She asked by letter ")
        row = Reveal.objects.get()
        assert (row.actor, row.fields, row.reason) == (actor, ["address", "date_of_birth", "phone"], "She asked by letter")
        assert LogEntry.objects.filter(object_pk=str(customer.pk), action=LogEntry.Action.ACCESS, actor=actor).count() == 1
        assert (len(events(caplog, "personal_data_revealed")), len(events(caplog, "customer_exported"))) == (1, 1)
        assert b"078051120" not in content

    def test_it_takes_a_reason(self, customer: Customer) -> None:
        for reason in ("", " "):
            with pytest.raises(Invalid):
                export_customer(staff("Compliance"), customer.pk, form="json", reason=reason)
        assert not CustomerExport.objects.exists()

    def test_who_has_a_second_factor_gives_a_fresh_code_first(self, customer: Customer) -> None:
        ruth = Enrolled(staff("Compliance"))
        with pytest.raises(StepUpRequired):
            export_customer(ruth.user, customer.pk, form="json", reason="By letter")
        assert not CustomerExport.objects.exists()
        with stepped_up():
            export_customer(ruth.user, customer.pk, form="json", reason="By letter")

    def test_it_counts_with_single_looks_and_alarms_beyond_the_same_quota(
        self, customer: Customer, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.REVEALS_A_DAY = 2
        actor = staff("Compliance")
        with caplog.at_level(logging.INFO, "insurance.events"):
            look(actor, customer)
            export_customer(actor, customer.pk, form="json", reason="By letter")
            assert events(caplog, "reveal_quota_exceeded") == []
            export_customer(actor, CustomerFactory.create().pk, form="json", reason="By letter")
            look(actor, customer)
        assert len(events(caplog, "reveal_quota_exceeded")) == 2

    def test_the_customers_own_needs_no_reason_and_counts_for_nobody(self, customer: Customer) -> None:
        holder = policyholder(customer)
        held, _ = export_customer(holder, customer.pk, form="json")
        assert held["customer"][0]["phone"] == "+1 916 555 0142"
        assert not Reveal.objects.exists()
        assert LogEntry.objects.filter(object_pk=str(customer.pk), action=LogEntry.Action.ACCESS, actor=holder).count() == 1


def test_breaking_the_glass_opens_for_an_hour_and_tells_compliance(customer: Customer) -> None:
    second, actor = staff("Compliance"), adjuster()
    opened = break_glass(actor, reason="House on fire, the number is wrong")
    letter = next(each for each in posted() if "glass" in each.subject)
    assert letter.to == [second.email]
    assert str(opened.pk) in letter.body
    assert look(actor, customer)["ssn"] == "078051120"
    assert Reveal.objects.get().break_glass == opened
    with pytest.raises(Conflict):
        break_glass(actor, reason="Again")
    with patch("django.utils.timezone.now", return_value=opened.ends_at + datetime.timedelta(seconds=1)), pytest.raises(NotAllowed):
        look(actor, customer)


def test_where_nobody_else_could_be_told_the_glass_stays_whole() -> None:
    actor = adjuster()
    with pytest.raises(Conflict) as refused:
        break_glass(actor, reason="House on fire")
    assert refused.value.code == "nobody_to_tell"
    assert not BreakGlass.objects.exists()
    with pytest.raises(DomainError):
        break_glass(staff("Compliance"), reason="No such permission")


def test_at_the_desk_it_is_shown_on_the_answer_and_kept_in_no_session(client: Client, customer: Customer) -> None:
    client.force_login(supervisor())
    address = f"/admin/customers/customer/{customer.pk}/reveal/"
    assert "078051120" not in client.get(address).content.decode()
    form = {"reason": "Called", "fields_wanted": ["ssn"], "version": customer.version}
    answer = client.post(address, form)
    assert (answer.status_code, "078051120" in answer.content.decode()) == (200, True)
    assert "no-store" in answer["Cache-Control"]
    assert "078051120" not in client.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    assert Reveal.objects.count() == 1


def test_an_adjuster_sees_no_button_but_the_glass(client: Client, customer: Customer) -> None:
    client.force_login(adjuster())
    page = client.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    assert "Show personal data" not in page
    assert "Break the glass" in page


def test_who_comes_to_the_form_by_its_address_is_led_to_the_glass(client: Client, customer: Customer) -> None:
    client.force_login(adjuster())
    page = client.get(f"/admin/customers/customer/{customer.pk}/reveal/").content.decode()
    assert "Your role does not show personal data" in page
    assert f'href="/admin/customers/customer/{customer.pk}/break-glass/"' in page

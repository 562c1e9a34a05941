"""Looking at personal data in plain: one customer at a time, for a reason, counted; and breaking the glass where it cannot wait."""

import datetime
from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils import timezone

from customers.events import LooksCounting
from customers.models import BreakGlass, Customer, Reveal
from customers.services.holds import checked_reason
from customers.services.records import audit_access, refuse_merged
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.events import consult
from vanguard.mail.services import write
from vanguard.observability.compliance import record_event
from vanguard.querysets import get_or_refuse

SUBJECT = "Personal data: the glass was broken"
# Late news of it is news.
LETTER_LASTS = datetime.timedelta(days=7)
LETTER = """{who} has broken the glass at {at:%Y-%m-%d %H:%M} UTC.

Personal data of customers is open to this log-in until {until:%H:%M} UTC.

The reason that was given is with the record: {id}.

If this is not right, disable the log-in and look at what was revealed. You get this because you have the role Compliance.
"""


def reveal(actor: User, customer_id: UUID, *, fields: Collection[str], reason: str) -> dict[str, str]:
    """These fields of one customer, in plain. Every time is a row, an audit entry and an event; beyond the day's quota an alarm too.

    Who holds `customers.reveal_customer` may, and who has broken the glass. Raises Invalid, NotAllowed, NotFound; Conflict "merged" and
    "erased"; StepUpRequired without a fresh second factor.
    """
    opened = glass_of(actor)
    if opened is None:
        require(actor, "customers.reveal_customer")
    if not fields or set(fields) - set(Customer.PERSONAL):
        raise Invalid(f"What can be revealed is {', '.join(Customer.PERSONAL)}.", code="unknown", field="fields")
    reason = checked_reason(reason)
    require_recent(actor)
    with unit_of_work(actor):
        customer = get_or_refuse(Customer.objects.visible_to(actor), customer_id)
        refuse_merged(customer)
        row = counted_look(actor, customer, fields=fields, reason=reason, opened=opened)
        shown = {name: str(getattr(customer, name) or "") for name in Customer.PERSONAL if name in fields}
    tell_of(row)
    return shown


def counted_look(actor: User, customer: Customer, *, fields: Collection[str], reason: str, opened: BreakGlass | None = None) -> Reveal:
    """That `actor` is shown these fields, as a row and an audit entry; within a unit of work. To be told of (`tell_of`) after it."""
    User.objects.select_for_update().get(pk=actor.pk)  # two at once are counted one after the other
    beyond = revealed_today(actor) >= settings.REVEALS_A_DAY
    row = Reveal(customer=customer, actor=actor, fields=sorted(fields), reason=reason, beyond_quota=beyond, break_glass=opened)
    row.save(force_insert=True)
    audit_access([customer])
    return row


def tell_of(row: Reveal) -> None:
    """The look's event, and the alarm where it was beyond the day's quota."""
    opened = row.break_glass_id is not None
    record_event("personal_data_revealed", user_id=row.actor_id, customer_id=row.customer_id, fields=row.fields, break_glass=opened)
    if row.beyond_quota:
        record_event("reveal_quota_exceeded", user_id=row.actor_id, customer_id=row.customer_id, quota=settings.REVEALS_A_DAY)


def revealed_today(actor: User) -> int:
    """How often this person has looked since midnight UTC: single fields, all that is held, or whom other rooms keep data on."""
    elsewhere = LooksCounting(actor.pk, midnight())
    consult(elsewhere)
    return Reveal.objects.filter(actor=actor, at__gte=elsewhere.since).count() + elsewhere.number


def midnight() -> datetime.datetime:
    """Since when looks are counted: the last midnight, UTC."""
    return timezone.now().astimezone(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def break_glass(actor: User, *, reason: str) -> BreakGlass:
    """Personal data is open to this person for an hour, and Compliance is told by mail at once.

    Raises Invalid, NotAllowed; Conflict "open" where it is already, and "nobody_to_tell".
    """
    require(actor, "customers.break_glass")
    reason = checked_reason(reason)
    with unit_of_work(actor):
        User.objects.select_for_update().get(pk=actor.pk)
        if glass_of(actor) is not None:
            raise Conflict("The glass is broken already.", code="open")
        now = timezone.now()
        opened = BreakGlass(actor=actor, reason=reason, began_at=now, ends_at=now + BreakGlass.LASTS)
        opened.save(force_insert=True)
        told = _second_persons(actor)
        if not told:
            raise Conflict("Nobody else is there who could be told: without a second person the glass stays whole.", code="nobody_to_tell")
        words = LETTER.format(who=actor, at=now, until=opened.ends_at, id=opened.pk)
        for person in told:
            write(person, address=person.email, kind="glass_broken", subject=SUBJECT, body=words, lasts=LETTER_LASTS)
    record_event("glass_broken", user_id=actor.pk, break_glass_id=opened.pk, told=len(told))
    return opened


def glass_of(actor: User) -> BreakGlass | None:
    """The access that this person has opened and that lasts, if any."""
    return BreakGlass.objects.filter(actor=actor, ends_at__gt=timezone.now()).first()


def _second_persons(actor: User) -> list[User]:
    """Who looks after reveals: those with the permission to see them, by role or by themselves."""
    permission = Permission.objects.filter(codename="view_reveal", content_type__app_label="customers")
    holds = Q(groups__permissions__in=permission) | Q(user_permissions__in=permission)
    return list(User.objects.filter(holds, is_active=True).exclude(pk=actor.pk).distinct().order_by("email"))

"""All that is held on a customer, for the customer: machine-readable, or as a paper. Each handing out is a row, and audited.

To whoever is not the customer it is a look at personal data like any other (customers.services.revealing): a fresh second factor, a
reason, the day's quota. An SSN and whole account numbers are in nobody's: who got hold of a log-in must not get those from us, and the
rule for such answers wants them left out and their being held told of (California Code of Regulations, title 11, § 7024(d)).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from customers.events import CustomerExporting
from customers.models import MASK, ContactEntry, Customer, CustomerExport, Erasure, Reveal
from customers.services.family import family_of, keys_of
from customers.services.holds import checked_reason
from customers.services.records import audit_access, refuse_merged
from customers.services.revealing import counted_look, tell_of
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.documents.papers import Block, Facts, Heading, Paper, Text
from vanguard.errors import Invalid
from vanguard.events import consult
from vanguard.observability.compliance import record_event
from vanguard.querysets import get_or_refuse

INTRO = (
    "This is all that we hold on you, as of the day above. What staff noted among themselves, and investigations, are not part of it. "
    f"Where {MASK} stands in the place of a Social Security number or of an account, we hold it and do not write it out."
)
# Of the personal columns, what stands in it in plain.
PLAIN = tuple(name for name in Customer.PERSONAL if name != "ssn")


def export_customer(actor: User, customer_id: UUID, *, form: str, reason: str = "") -> tuple[dict[str, Any], bytes]:
    """Everything held on the customer: as data, and as the bytes of the `form` asked for ("json", "pdf").

    The customer's own log-in may, and needs no reason. Who holds `customers.export_customer` gives one, and a fresh second factor; it is
    counted as a look at personal data, beyond the day's quota with an alarm. Raises Invalid, NotAllowed, NotFound, StepUpRequired;
    Conflict "merged" and "erased".
    """
    customer = get_or_refuse(Customer.objects.all(), customer_id)
    own = customer.user_id == actor.pk
    if not own:
        require(actor, "customers.export_customer")
    check_form(form)
    if not own:
        reason = checked_reason(reason)
        require_recent(actor)
    look: Reveal | None = None
    with unit_of_work(actor):
        refuse_merged(customer)
        held = held_on(customer)
        content = written(held, form, to=(customer.full_name, *customer.address.splitlines()), intro=INTRO)
        export = CustomerExport(customer=customer, form=form, asked_by=actor, reason=reason, size=len(content))
        export.sha256 = hashlib.sha256(content).hexdigest()
        export.save(force_insert=True)
        if own:
            audit_access([customer])
        else:
            look = counted_look(actor, customer, fields=PLAIN, reason=reason)
    if look is not None:
        tell_of(look)
    record_event("customer_exported", user_id=actor.pk, customer_id=customer_id, form=form, sha256=export.sha256)
    return held, content


def check_form(form: str) -> None:
    """Raises Invalid."""
    if form not in CustomerExport.Form.values:
        raise Invalid(f"Form is one of {', '.join(CustomerExport.Form.values)}.", code="unknown", field="form")


def held_on(customer: Customer) -> dict[str, Any]:
    """What each room holds, by the room's name for it; of all the records that are this person's."""
    family = family_of(customer)
    asked = CustomerExporting(keys_of(family))
    asked.shares["customer"] = [_person(each) for each in family]
    contacts = ContactEntry.objects.filter(customer__in=asked.customer_ids).order_by("happened_at", "id")
    asked.shares["contacts"] = [
        {"at": each.happened_at.isoformat(), "channel": each.channel, "direction": each.direction, "text": each.text} for each in contacts
    ]
    revealed = Reveal.objects.filter(customer__in=asked.customer_ids).order_by("at")
    asked.shares["looks"] = [{"at": each.at.isoformat(), "fields": ", ".join(each.fields)} for each in revealed]
    erasures = Erasure.objects.filter(customer__in=asked.customer_ids).order_by("asked_at")
    asked.shares["erasures"] = [
        {"askedAt": each.asked_at.isoformat(), "dueAt": each.due_at.isoformat() if each.due_at else None, "waitsFor": each.waits_for}
        for each in erasures
    ]
    consult(asked)
    return {"madeAt": timezone.now().isoformat(), "insurer": settings.INSURER_NAME} | asked.shares


def _person(record: Customer) -> dict[str, Any]:
    return {
        "id": str(record.pk),
        "firstName": record.first_name,
        "lastName": record.last_name,
        "email": record.email,
        "phone": record.phone,
        "dateOfBirth": record.date_of_birth.isoformat() if record.date_of_birth else None,
        "ssn": MASK if record.ssn_hash else None,
        "address": record.address,
        "customerSince": record.created_at.isoformat(),
        "logIn": record.user.email if record.user else None,
    }


def written(held: dict[str, Any], form: str, *, to: Sequence[str], intro: str) -> bytes:
    """All that is held on a person, in the `form` asked for ("json", "pdf"): the paper is addressed to them, and begins with `intro`."""
    return json.dumps(held, indent=2, ensure_ascii=False).encode() if form == "json" else _as_pdf(held, to, intro)


def _as_pdf(held: dict[str, Any], to: Sequence[str], intro: str) -> bytes:
    # Loaded when it is needed: the typesetter takes half a second to load.
    from vanguard.documents.pdf import render

    blocks: list[Block] = [Text(intro)]
    for name, rows in held.items():
        if not isinstance(rows, list):
            continue
        blocks.append(Heading(_words(name)))
        blocks += [Facts(_facts(row)) for row in rows] or [Text("Nothing.")]
    paper = Paper(
        title="What we hold on you",
        sender=(settings.INSURER_NAME,),
        recipient=tuple(to),
        blocks=blocks,
        foot="What we hold on you",
        date=timezone.now(),
    )
    return render(paper)


def _facts(row: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested lists line by line, each named by where it stands."""
    found: list[tuple[str, str]] = []
    for name, value in row.items():
        label = f"{before}{_words(name)}"
        if isinstance(value, list):
            for number, each in enumerate(value, 1):
                found += _facts(each, f"{label} {number}: ")
        else:
            found.append((label, str(value) if value not in (None, "") else "–"))
    return found


def _words(name: str) -> str:
    """claimPayments: Claim payments."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced[:1].upper() + spaced[1:]

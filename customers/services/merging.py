"""Two records of one person become one, and apart again when it was a mistake. A person decides; nothing is ever lost.

The merged record stays, leads to the kept one, and is no longer in the lists. What hung on it is handed over by the room that
keeps it (CustomersMerging), and each handed-over record is noted, so that undoing brings back exactly those.
"""

import datetime
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from customers.events import CustomersMerged, CustomersMerging, CustomersUnmerged, CustomersUnmerging
from customers.models import ContactEntry, Customer, CustomerMerge, MovedRecord
from customers.services.records import differing, refuse_merged, write
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid, NotFound, StaleVersion
from vanguard.events import consult, publish

TAKEABLE = ("first_name", "last_name", "email", "phone", "date_of_birth", "ssn", "address")


def merge_customers(
    actor: User | None,
    kept_id: UUID,
    merged_id: UUID,
    *,
    take: Collection[str] = (),
    reason: str = "",
    kept_version: int | None = None,
    merged_version: int | None = None,
) -> Customer:
    """`merged` becomes part of `kept`, which takes over the fields in `take`. Returns the kept record.

    Raises Invalid for one record twice or an unknown field; Conflict "merged" when one of them leads to another already, and
    "has_log_in" when the one that is to go has a log-in: its owner would see nothing any more, or another's policies.
    """
    require(actor, "customers.merge_customer")
    if unknown := set(take) - set(TAKEABLE):
        raise Invalid(f"What can be taken over is {', '.join(TAKEABLE)}; not {', '.join(sorted(unknown))}.", code="unknown", field="take")
    if kept_id == merged_id:
        raise Invalid("These are not two records but one.", code="same_record", field="customer_id")
    with unit_of_work(actor):
        kept, merged = _locked_pair(kept_id, merged_id, kept_version, merged_version)
        _refuse_unless_mergeable(kept, merged)
        values = differing(kept, {name: getattr(merged, name) for name in take})
        merge = CustomerMerge(kept=kept, merged=merged, actor=actor, reason=reason, replaced=_replaced(kept, values))
        merge.save(force_insert=True)
        consult(CustomersMerging(merge.id, kept.id, merged.id, actor))
        _hand_contacts_over(merge)
        _exchange(kept, merged, values, merged_into_id=kept.id)
        publish(CustomersMerged(merge.id, kept.id, merged.id, actor.id if actor else None))
        return kept


def unmerge_customers(actor: User | None, merged_id: UUID, *, version: int | None = None) -> Customer:
    """Undo the merge of this record: what it handed over comes back to it; what came since stays where it came. Returns it.

    What the kept record took over goes back too, where nobody changed it since. Raises Conflict "not_merged"; "merged_on" while
    the kept record is itself merged into another; "duplicate" when the record's e-mail address has become somebody else's.
    """
    require(actor, "customers.merge_customer")
    with unit_of_work(actor):
        merge = CustomerMerge.objects.filter(merged_id=merged_id, undone_at=None).first()
        if merge is None:
            raise Conflict("This record is not merged into another one.", code="not_merged")
        kept, merged = _locked_pair(merge.kept_id, merged_id, None, version)
        if merged.merged_into_id != kept.pk:
            raise Conflict("Somebody else undid this merge meanwhile.", code="not_merged")
        if merged.erased_at is not None:
            raise Conflict("The personal data of this customer was erased; the records stay as they are.", code="erased")
        if kept.merged_into_id is not None:
            raise Conflict(
                "The record that it was merged into was itself merged into another one later. Undo that merge first.", code="merged_on"
            )
        consult(CustomersUnmerging(merge.id, kept.id, merged.id, actor))
        ContactEntry.objects.filter(pk__in=moved_ids(merge.id, ContactEntry)).update(customer=merged)
        _give_back(kept, merged, json.loads(merge.replaced))
        CustomerMerge.objects.filter(pk=merge.pk).update(undone_at=timezone.now(), undone_by=actor)
        publish(CustomersUnmerged(merge.id, kept.id, merged.id, actor.id if actor else None))
        return merged


def record_moved(merge_id: UUID, model: type[Model], ids: Iterable[UUID]) -> None:
    """Note what a room handed over for a merge. Called inside the merge's transaction."""
    MovedRecord.objects.bulk_create([MovedRecord(merge_id=merge_id, label=model._meta.label_lower, record_id=each) for each in ids])


def moved_ids(merge_id: UUID, model: type[Model]) -> list[UUID]:
    """What a room handed over for a merge."""
    return list(MovedRecord.objects.filter(merge_id=merge_id, label=model._meta.label_lower).values_list("record_id", flat=True))


def _locked_pair(kept_id: UUID, merged_id: UUID, kept_version: int | None, merged_version: int | None) -> tuple[Customer, Customer]:
    """Both, locked in the order of their keys: two people who merge the same two the other way round wait, not block each other.

    Not against rows that refer to them: a renewal that is being booked holds its policy, and must be able to end.
    """
    rows = {each.pk: each for each in Customer.objects.select_for_update(no_key=True).filter(pk__in=[kept_id, merged_id]).order_by("pk")}
    for pk, version, field in ((kept_id, kept_version, ""), (merged_id, merged_version, "customer_id")):
        if pk not in rows:
            raise NotFound("There is no such customer.", field=field)
        if version is not None and rows[pk].version != version:
            raise StaleVersion("Somebody else changed one of the records meanwhile. Nothing was saved; read them again.")
    return rows[kept_id], rows[merged_id]


def _refuse_unless_mergeable(kept: Customer, merged: Customer) -> None:
    for record, field in ((kept, ""), (merged, "customer_id")):
        if record.merged_into_id is not None:
            raise Conflict(f"{record} ({record.email}) was merged into another record already.", code="merged", field=field)
        refuse_merged(record, field)
    if merged.user_id is not None:
        other = "Both have one, so take one away first." if kept.user_id is not None else "Keep that record and merge this one into it."
        raise Conflict(f"{merged} ({merged.email}) has a log-in of its own. {other}", code="has_log_in", field="customer_id")


def _replaced(kept: Customer, values: Mapping[str, Any]) -> str:
    return json.dumps({name: [_as_text(getattr(kept, name)), _as_text(value)] for name, value in values.items() if name in TAKEABLE})


def _as_text(value: datetime.date | str | None) -> str:
    return "" if value is None else str(value)


def _hand_contacts_over(merge: CustomerMerge) -> None:
    entries = ContactEntry.objects.filter(customer_id=merge.merged_id)
    record_moved(merge.pk, ContactEntry, entries.values_list("pk", flat=True))
    entries.update(customer_id=merge.kept_id)


def _exchange(kept: Customer, merged: Customer, values: Mapping[str, Any], **about_merged: Any) -> None:
    """Write both. An e-mail address is one record's at a time, so where one is taken over the other record gets the first one's."""
    if "email" in values:
        about_merged["email"] = kept.email
        # Out of the way for a moment: the database checks each statement.
        Customer.objects.filter(pk=merged.pk).update(email=f"{merged.pk}@merged.invalid")
    if values:
        write(kept, values)
    change(merged, **about_merged)


def _give_back(kept: Customer, merged: Customer, replaced: Mapping[str, list[str]]) -> None:
    """Undo the taking over, field by field, where the kept record still has what it took."""
    back = {name: before for name, (before, taken) in replaced.items() if _as_text(getattr(kept, name)) == taken}
    dates = {name: datetime.date.fromisoformat(text) if text else None for name, text in back.items() if name == "date_of_birth"}
    values = differing(kept, back | dates)
    about_merged: dict[str, Any] = {"merged_into_id": None}
    if "email" in replaced and "email" not in back:
        # The kept record has a third address by now: the merged one's own may be free again, or be somebody else's.
        about_merged["email"] = replaced["email"][1]
        if Customer.objects.filter(email__iexact=about_merged["email"]).exists():
            raise Conflict(f"{merged}'s e-mail address is another customer's now. Change that first.", code="duplicate", field="email")
    _exchange(kept, merged, values, **about_merged)

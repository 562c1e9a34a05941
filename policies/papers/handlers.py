"""What is put in writing when something happens, in the same transaction: the one is not without the other."""

from customers.events import CustomerErasing, CustomerExporting
from policies.billing.events import NoticeGiving
from policies.papers.facts import Kind
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from vanguard.events import on


@on(NoticeGiving)
def write_notice(event: NoticeGiving) -> None:
    """The letter. Raises Conflict ("no_typeface") where it cannot be set: then no notice is given."""
    make_document(None, event.policy_id, kind=Kind.NONPAYMENT)


@on(CustomerErasing)
def erase_papers(event: CustomerErasing) -> None:
    """Every paper names the insured. The rows stay, with what they were and the checksum of what was given out."""
    rows = PolicyDocument.objects.filter(policy__customer__in=event.customer_ids).exclude(file="")
    event.files.extend((paper.file.storage, paper.file.name) for paper in rows)
    rows.update(file="")


@on(CustomerExporting)
def share_papers(event: CustomerExporting) -> None:
    rows = PolicyDocument.objects.filter(policy__customer__in=event.customer_ids).order_by("made_at", "id")
    event.shares["papers"] = [{"name": each.name, "madeAt": each.made_at.isoformat(), "sha256": each.sha256} for each in rows]

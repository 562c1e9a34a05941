"""What is put in writing when something happens, in the same transaction: the one is not without the other."""

from policies.billing.events import NoticeGiving
from policies.papers.facts import Kind
from policies.papers.services import make_document
from vanguard.events import on


@on(NoticeGiving)
def write_notice(event: NoticeGiving) -> None:
    """The letter. Raises Conflict ("no_typeface") where it cannot be set: then no notice is given."""
    make_document(None, event.policy_id, kind=Kind.NONPAYMENT)

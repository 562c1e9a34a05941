"""What every claim's folder holds: facts, timeline, money, notes, documents, clocks, proofs, papers, and who changed what."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Manager

from claims.admin.timeline import Entry, timeline
from claims.clocks.jurisdiction import words_of
from claims.folder import Item, Occasion, Sheet, Stored, contribute
from claims.models import Claim, ClaimPayment, LedgerEntry
from claims.oversight.pack.clocks import clocks_of
from claims.oversight.pack.decisions import decisions
from claims.past import notes_for, payments_at
from claims.services import faults_of
from policies.models import Policy
from policies.papers.models import PolicyDocument
from vanguard.accounts.models import User
from vanguard.trail.models import AuditRecord
from vanguard.workbench.templatetags.workbench import person


def facts(occasion: Occasion) -> Iterator[Item]:
    """The claim, its cover and its insured. Of personal data the name and what is left of a masked telephone number."""
    claim, policy = occasion.claim, occasion.claim.policy
    rows: list[tuple[str, Any]] = [
        ("Claim", claim.claim_number),
        ("Status", claim.get_status_display()),
        ("Stage", claim.get_stage_display()),
        ("Owner", person(claim.assignee) if claim.assignee else "nobody"),
        ("Jurisdiction", words_of(claim.jurisdiction)),
        ("Type of loss", claim.claim_type),
        ("Loss", claim.incident_date),
        ("Reported", claim.reported_date),
        ("Decided", claim.processed_date),
        ("Closed", claim.closed_at),
        ("Claimed", claim.claim_amount),
        ("Claimed is a minimum", "yes" if claim.amount_is_minimum else "no"),
        ("Approved", claim.approved_amount),
        ("Paid", claim.paid_amount),
        ("What happened", claim.description),
        ("Policy", policy.policy_number),
        ("Policy covers from", policy.start_date),
        ("Policy covers until", policy.end_date),
        ("Insured", policy.customer.full_name),
        ("Telephone, masked", policy.customer.masked_phone),
    ]
    yield Sheet("claim", "The claim", ("What", "Is"), rows)


def history(occasion: Occasion) -> Iterator[Item]:
    """Every step, note, document, reserve and recovery in one stream; and the clocks."""
    readable = set(notes_for(occasion.claim, occasion.viewer, occasion.as_of).values_list("pk", flat=True))
    entries = [each for each in timeline(occasion.claim) if each.at <= occasion.as_of and (each.kind != "note" or each.key in readable)]
    rows = [(each.at, each.kind, _told(each), each.why, each.quote) for each in reversed(entries)]
    yield Sheet("timeline", "Timeline", ("At", "Kind", "What", "Why", "In their words"), rows)
    clocks = [(c.action, c.jurisdiction, c.rule, c.citation, c.started_at, c.due_at, c.stopped_at, c.outcome) for c in clocks_of(occasion)]
    yield Sheet("clocks", "Clocks", ("Deadline", "Law of", "Rule", "Citation", "Since", "Due", "Done", "Outcome"), clocks)


def _told(entry: Entry) -> str:
    return " ".join(filter(None, (entry.document.name if entry.document else "", entry.says, entry.strong)))


PAID = (
    "Asked for", "Out", "Amount", "State", "Cost", "Payee", "Account, masked", "Asked by", "Approved by", "On whose authority", "Seal",
)  # fmt: skip


def money(occasion: Occasion) -> Iterator[Item]:
    """The ledger with its sums, and the payments."""
    entries = list(occasion.claim.entries.filter(effective_at__lte=occasion.as_of).select_related("actor"))
    head = ("Effective", "Booked", "Entry", "Coverage", "Cost", "Outstanding", "Paid", "Recovered", "By", "Reason")
    ledger = [_booking(entry) for entry in entries]
    yield Sheet("ledger", "Ledger", head, ledger)
    payments = [_payment(each) for each in reversed(payments_at(occasion.claim, occasion.as_of))]
    yield Sheet("payments", "Payments", PAID, payments)


def _booking(e: LedgerEntry) -> tuple[Any, ...]:
    said = (e.effective_at, e.booked_at, e.get_kind_display(), e.coverage, e.cost_type)
    return (*said, e.outstanding, e.paid, e.recovered, person(e.actor), e.reason)


def _payment(p: ClaimPayment) -> tuple[Any, ...]:
    to = (p.payee, p.masked_account)
    people = (person(p.requested_by), person(p.approved_by))
    return (p.created_at, p.paid_at, p.amount, p.get_status_display(), p.cost_type, *to, *people, p.basis, p.seal)


def proofs(occasion: Occasion) -> Iterator[Item]:
    """Each settlement proof: what was read, what came out, and whether it does again."""
    rows: list[tuple[Any, ...]] = []
    for proof in occasion.claim.proofs.filter(made_at__lte=occasion.as_of).select_related("actor"):
        proof.claim = occasion.claim
        said = [f"read: {name}" for name in proof.read], [f"came out: {name}" for name in proof.lines]
        rows += [(proof.made_at, person(proof.actor), proof.amount, *pair) for pair in zip(said[0], proof.read.values(), strict=True)]
        rows += [(proof.made_at, person(proof.actor), proof.amount, *pair) for pair in zip(said[1], proof.lines.values(), strict=True)]
        rows.append((proof.made_at, person(proof.actor), proof.amount, "done again", " ".join(faults_of(proof)) or "comes to the same"))
    yield Sheet("proofs", "Coverage and settlement proofs", ("Made", "By", "Amount", "What", "Is"), rows)


def files(occasion: Occasion) -> Iterator[Item]:
    """The documents of the claim, its letters and the papers of its policy, as they were put in, with a list of their checksums."""
    letters = list(occasion.claim.letters.filter(made_at__lte=occasion.as_of).order_by("made_at", "id"))
    documents = list(occasion.claim.documents.filter(created_at__lte=occasion.as_of))
    papers = list(PolicyDocument.objects.filter(policy=occasion.claim.policy_id, made_at__lte=occasion.as_of).order_by("made_at", "id"))
    rows = [("document", each.name, each.content_type, each.size, each.created_at, each.sha256) for each in documents]
    rows += [("letter", each.name, each.content_type, each.size, each.made_at, each.sha256) for each in letters]
    rows += [("paper of the policy", each.name, each.content_type, each.size, each.made_at, each.sha256) for each in papers]
    yield Sheet("documents", "Documents, letters and papers", ("Kind", "Name", "Type", "Bytes", "Since", "SHA-256"), rows)
    yield from (Stored("documents", each) for each in documents)
    yield from (Stored("letters", each) for each in letters)
    yield from (Stored("papers", each) for each in papers)


def audit(occasion: Occasion) -> Iterator[Item]:
    """Who changed what on the claim and its policy. Personal data is hidden in the trail itself."""
    claim = occasion.claim
    rows = [
        (entry.timestamp, record, entry.get_action_display(), str(entry.actor or "The system"), name, *_pair(change), entry.cid)
        for record, entry in _entries(claim, occasion)
        for name, change in (entry.changes or {"": ("", "")}).items()
    ]
    yield Sheet("audit", "Who changed what", ("At", "Record", "Did", "Who", "Field", "Before", "After", "Correlation"), rows)


def _entries(claim: Claim, occasion: Occasion) -> Iterable[tuple[str, LogEntry]]:
    for model, pk in ((Claim, claim.pk), (Policy, claim.policy_id)):
        kind = ContentType.objects.get_for_model(model)
        rows = LogEntry.objects.filter(content_type=kind, object_pk=str(pk), timestamp__lte=occasion.as_of).select_related("actor")
        yield from ((str(model._meta.verbose_name), entry) for entry in rows.order_by("timestamp", "id"))


def _pair(change: Any) -> tuple[str, str]:
    """Before and after. A change of relations is told otherwise by the package."""
    return (str(change[0]), str(change[1])) if isinstance(change, list | tuple) and len(change) == 2 else ("", str(change))


def chain(occasion: Occasion) -> Iterator[Item]:
    """What the database recorded of the claim, its policy, and its steps, money and files; each with its place in the audit chain."""
    claim = occasion.claim
    of_it: tuple[Manager[Any], ...] = (
        claim.transitions, claim.payments, claim.entries, claim.proofs, claim.documents, claim.letters, claim.denials, claim.appeals,
        claim.information_requests, claim.coverage_checks,
    )  # fmt: skip
    keys = [claim.pk, claim.policy_id, *(key for related in of_it for key in related.values_list("pk", flat=True))]
    records = list(AuditRecord.objects.chained().of_rows(*keys).filter(at__lte=occasion.as_of).order_by("id"))
    people = {str(user.pk): person(user) for user in User.objects.filter(pk__in={each.actor for each in records if each.actor})}
    head = ("At", "Table", "Record", "Did", "Who", "Before", "After", "Correlation", "Place", "Digest")
    yield Sheet("chain", "As the database recorded it", head, [_recorded(each, people) for each in records])


def _recorded(record: Any, people: dict[str, str]) -> tuple[Any, ...]:
    """A record with what `chained` adds to it; not sealed yet, it has no place."""
    who = people.get(record.actor, record.actor) or "The system"
    told = [json.dumps(side, sort_keys=True, ensure_ascii=False) if side else "" for side in (record.old, record.new)]
    place = (record.sequence, bytes(record.digest).hex()) if record.sequence else (None, "")
    return (record.at, record.table_name, record.key, record.operation, who, *told, record.correlation_id, *place)


for _order, _contribution in enumerate((facts, history, decisions, money, proofs, files, audit, chain)):
    contribute(_contribution, order=_order * 10)

"""The money panels of the claim page, and the page of a stored proof: done again, and to be printed."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from claims.models import Balance, Claim, LedgerEntry, SettlementProof
from claims.services.proving import basis_of, clauses_of, faults_of
from claims.settlement import UP_TO_THE_LIMIT
from policies.reading import coverages_of
from vanguard.money import ZERO

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin

SHOWN = 100
PROVED = {"propose", "approve"}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, the coverage it is of, and what is outstanding of that and its type of cost after it."""

    entry: LedgerEntry
    coverage: str
    outstanding: Decimal


def with_entries() -> Prefetch:
    """For a page of one claim: its ledger, in one query."""
    return Prefetch("entries", LedgerEntry.objects.select_related("actor", "payment"))


def money_page(record: Claim, given: Set[str]) -> dict[str, Any]:
    """What the claim page shows of the money. Expects payments and ledger to be read; `given` are the steps of the history.

    A proof is asked for only where a step has left one.
    """
    basis = basis_of(record)
    lines = running(list(record.entries.all()), coverages_of(record.policy))
    payments = [payment for payment in record.payments.all() if payment.amount > ZERO]
    return {
        "basis": basis,
        "settlement": basis.settlement,
        "clauses": clauses_of(record, basis.promise),
        "up_to_the_limit": basis.promise.rule == UP_TO_THE_LIMIT,
        "balance": balance_of(lines),
        "ledger": lines[-SHOWN:][::-1],
        "payments": sorted(payments, key=lambda each: (each.created_at, each.pk), reverse=True)[:SHOWN],
        "proof": record.proofs.order_by("made_at").last() if given & PROVED else None,
        "proof_is_of": "As asked for" if record.proposed_amount is not None else "As approved",
        "approved": record.approved_amount or ZERO,
        "to_pay": max((record.approved_amount or ZERO) - record.paid_amount, ZERO),
    }


def proof_page(model_admin: "ClaimAdmin", request: HttpRequest, object_id: UUID, proof_id: UUID | None = None) -> HttpResponse:
    """A stored proof of a claim, the newest unless one is named, recomputed while it is shown."""
    record = model_admin.record_or_404(request, object_id)
    proofs = record.proofs.select_related("actor").order_by("made_at")
    proof: SettlementProof | None = proofs.last() if proof_id is None else proofs.filter(pk=proof_id).first()
    if proof is None:
        raise Http404("Nothing was approved on this claim yet, so no proof is kept.")
    proof.claim = record
    amounts = ("loss", "deductible", "limit", "paid_before", "aggregate", "used")
    read = proof.read | {name: _amount(proof.read[name]) for name in amounts} | {"depreciation": _amount(proof.read.get("depreciation"))}
    page = model_admin.page(request, record, f"Proof of {record.claim_number}") | {
        "proof": proof,
        "read": read,
        "lines": {name: _amount(value) for name, value in proof.lines.items()},
        "up_to_the_limit": proof.read["rule"] == UP_TO_THE_LIMIT,
        "only_asked": _is_only_asked_for(record, proof),
        "earlier": proofs.filter(made_at__gt=proof.made_at).exists(),
        "faults": faults_of(proof),
    }
    return TemplateResponse(request, "claims/proof_page.html", page)


def _is_only_asked_for(claim: Claim, proof: SettlementProof) -> bool:
    """Whether it was made for an amount that a second person had still to decide on."""
    step = claim.transitions.filter(command__in=PROVED, at__gte=proof.made_at).order_by("at").first()
    return step is not None and step.command == "propose"


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def running(entries: list[LedgerEntry], names: Mapping[str, str]) -> list[Line]:
    """Each entry with what it leaves outstanding on its line, in the order of booking. `names` are the coverages' by code."""
    left: dict[tuple[str, str], Decimal] = {}
    found = []
    for entry in entries:
        line = entry.coverage, entry.cost_type
        left[line] = left.get(line, ZERO) + entry.outstanding
        found.append(Line(entry, names.get(entry.coverage, ""), left[line]))
    return found


def balance_of(lines: list[Line]) -> Balance:
    """What they come to."""
    entries = [line.entry for line in lines]
    return Balance(*(sum((getattr(each, name) for each in entries), ZERO) for name in ("outstanding", "paid", "recovered")))

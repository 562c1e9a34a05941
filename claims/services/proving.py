"""What a claim pays, and the proof of it: what was read, where from, and what came out. Kept with each approval."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from claims.coverages import used_by_others
from claims.models import Claim, SettlementProof
from claims.settlement import REPLACEMENT_COST, Settlement, settle
from policies.reading import Cover, Promise, cover_at, form_of, promises_held
from vanguard.accounts.models import User
from vanguard.money import ZERO

AMOUNTS = ("loss", "deductible", "limit", "paid_before")
# The lines of a proof, and the topic of the clause that each rests on.
CLAUSES = {"insured": "insuring", "limit": "limit", "deductible": "deductible", "depreciation": "valuation"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a settlement rests on: the promise that answers the loss, the cover at the loss with that coverage's figures, what earlier
    claims used up."""

    cover: Cover
    promise: Promise
    used: Decimal
    settlement: Settlement


def basis_of(claim: Claim) -> Basis:
    """Read it. Two or three queries; exact under the policy's lock, which every approval holds."""
    promises = promises_held(claim.policy)
    promise = promises.answering(claim.claim_type)
    cover = cover_at(claim.policy, claim.incident_date).answering(promise.code)
    used = ZERO if promise.aggregate is None else used_by_others(claim, promises, promise.code)
    left = None if promise.aggregate is None else promise.aggregate - used
    settlement = settle(
        claim.claim_amount, cover.deductible, cover.limit, claim.paid_amount,
        rule=promise.rule, left=left, depreciation=claim.depreciation or ZERO, valuation=promise.valuation,
    )  # fmt: skip
    return Basis(cover, promise, used, settlement)


def settlement_of(claim: Claim) -> Settlement:
    """What the claim pays under the terms that its policy had at the loss, less what was paid before."""
    return basis_of(claim).settlement


def keep_proof(claim: Claim, actor: User | None, amount: Decimal) -> SettlementProof:
    """Store the sum that `amount` is approved or proposed on."""
    basis = basis_of(claim)
    return SettlementProof.objects.create(
        claim=claim, actor=actor, amount=amount, read=_read(claim, basis), lines=basis.settlement.lines, made_at=timezone.now()
    )


def faults_of(proof: SettlementProof) -> list[str]:
    """The proof done again: from what it read the same must come out, and the policy as known then must still say the same.

    Empty when both hold; else what differs, in words.
    """
    read, faults = proof.read, arithmetic_faults(proof)
    known = cover_at(proof.claim.policy, datetime.fromisoformat(read["incident_date"]), proof.made_at).answering(read["coverage"])
    if (f"{known.limit:.2f}", f"{known.deductible:.2f}") != (read["limit"], read["deductible"]):
        faults.append(f"Version {known.version} of the policy says {known.limit} less {known.deductible}.")
    return faults


def arithmetic_faults(proof: SettlementProof) -> list[str]:
    """What comes out differently when the sum is done again from what was read, in words. No query."""
    read = proof.read
    again = settle(
        *(Decimal(read[name]) for name in AMOUNTS),
        rule=read["rule"],
        left=_decimal(read["left"]),
        # Proofs of before know of no depreciation.
        depreciation=Decimal(read.get("depreciation", "0.00")),
        valuation=read.get("valuation", REPLACEMENT_COST),
    )
    faults = [f"{name.replace('_', ' ').capitalize()} is {value}, not {proof.lines.get(name)}." for name, value in again.lines.items()
              if proof.lines.get(name) != value]  # fmt: skip
    if proof.amount > again.payable:
        faults.append(f"{proof.amount} is above the payable {again.payable}.")
    return faults


def _read(claim: Claim, basis: Basis) -> dict[str, Any]:
    settlement, promise = basis.settlement, basis.promise
    return {name: f"{getattr(settlement, name):.2f}" for name in AMOUNTS} | {
        "left": None if settlement.left is None else f"{settlement.left:.2f}",
        "rule": str(settlement.rule),
        "depreciation": f"{settlement.depreciation:.2f}",
        "valuation": str(settlement.valuation),
        "clauses": clauses_of(claim, promise),
        "aggregate": None if promise.aggregate is None else f"{promise.aggregate:.2f}",
        "used": f"{basis.used:.2f}",
        "policy_number": claim.policy.policy_number,
        "policy_version": basis.cover.version,
        "coverage": promise.code,
        "coverage_name": promise.name,
        "product_version": promise.product_version,
        "incident_date": claim.incident_date.isoformat(),
        "claim_version": claim.version,
    }


def clauses_of(claim: Claim, promise: Promise) -> dict[str, dict[str, str]]:
    """For each line of the proof the clause that it rests on, as it reads: by reference, heading and text."""
    form = form_of(claim.policy)
    found = {line: form.about(topic, promise.code) for line, topic in CLAUSES.items()}
    return {
        line: {"reference": clause.reference, "heading": clause.heading, "text": clause.text}
        for line, clause in found.items()
        if clause is not None
    }


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)

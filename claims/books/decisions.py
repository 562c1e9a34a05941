"""What must hold of decisions: the state against its history, second persons, seals and proofs; and of the documents that they rest on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import batched
from typing import Any

from claims.books.shared import CLAIM, offender
from claims.models import ClaimDocument, ClaimPayment, SettlementProof
from claims.services.proving import arithmetic_faults, faults_of
from policies.models import PolicySegment
from policies.terms import figures_for
from vanguard.books import Invariant, Looking, Offender, keep, key_of, query, search
from vanguard.documents.checking import fault_of, to_check
from vanguard.money import dollars

ROOM, FILES = "Claims: decisions", "Papers and documents"
BATCH = 2000

STATE = """
    SELECT c.id, c.claim_number, c.status, c.stage, t.to_status, t.stage
    FROM claims_claim c
    LEFT JOIN (
        SELECT claim_id, to_status, stage, ROW_NUMBER() OVER (PARTITION BY claim_id ORDER BY at DESC, id DESC) AS place
        FROM claims_claimtransition
    ) t ON t.claim_id = c.id AND t.place = 1
    WHERE t.claim_id IS NULL OR t.to_status <> c.status OR t.stage <> c.stage
"""
FILE = """
    SELECT c.id, c.claim_number, CASE WHEN c.closed_at IS NULL THEN 'open' ELSE 'closed' END
    FROM claims_claim c
    LEFT JOIN (
        SELECT claim_id, MAX(CASE WHEN command = 'close' THEN at END) AS closed,
               MAX(CASE WHEN to_status IN ('pending', 'processing') THEN at END) AS worked
        FROM claims_claimtransition GROUP BY claim_id
    ) t ON t.claim_id = c.id
    WHERE (c.closed_at IS NOT NULL) <> (t.closed IS NOT NULL AND (t.worked IS NULL OR t.worked <= t.closed))
"""
STEPS = """
    SELECT c.id, c.claim_number FROM claims_claimtransition t JOIN claims_claim c ON c.id = t.claim_id
    WHERE t.basis = 'second_person' AND (t.maker_id IS NULL OR t.maker_id = t.actor_id)
    UNION ALL
    SELECT c.id, c.claim_number FROM claims_claimpayment p JOIN claims_claim c ON c.id = p.claim_id
    WHERE p.basis = 'second_person' AND p.approved_by_id = p.requested_by_id
"""


def _broken_seals(_looking: Looking) -> Iterator[Offender]:
    for payment in ClaimPayment.objects.exclude(seal="").select_related("claim").order_by().iterator(BATCH):
        if payment.seal != payment.digest():
            yield offender(payment.claim, f"A payment of {dollars(payment.amount)} is not what was approved: its seal does not fit.")


def _wrong_proofs(_looking: Looking) -> Iterator[Offender]:
    """The arithmetic of every proof; and the policy as it was read, asked in full only where its version now says something else."""
    proofs = SettlementProof.objects.select_related("claim__policy").order_by("pk")
    for batch in batched(proofs.iterator(BATCH), BATCH):
        doubtful = _read_otherwise(batch)
        for proof in batch:
            if faults := faults_of(proof) if proof.pk in doubtful else arithmetic_faults(proof):
                yield offender(proof.claim, f"The proof of {proof.made_at:%Y-%m-%d}: {' '.join(faults)}")


def _read_otherwise(proofs: tuple[SettlementProof, ...]) -> set[object]:
    """Those whose limit and deductible are not those of the version that they name, in the segment of the loss."""
    said = defaultdict(list)
    policies = {proof.claim.policy_id for proof in proofs}
    columns = ("version__policy", "version__number", "starts_at", "ends_at", "coverage_amount", "deductible_amount", "covers")
    for each in PolicySegment.objects.filter(version__policy__in=policies).select_related("version").only(*columns):
        said[each.version.policy_id, each.version.number].append(each)
    return {proof.pk for proof in proofs if not _agrees(proof.read, said[proof.claim.policy_id, proof.read["policy_version"]])}


def _agrees(read: Mapping[str, Any], segments: list[PolicySegment]) -> bool:
    loss = datetime.fromisoformat(read["incident_date"])
    held = [
        figures_for(read["coverage"], each.own_covers, each.coverage_amount, each.deductible_amount)
        for each in segments
        if each.starts_at <= loss < each.ends_at
    ]
    return [(f"{limit:.2f}", f"{deductible:.2f}") for limit, deductible in held] == [(read["limit"], read["deductible"])]


def _changed_documents(looking: Looking) -> Iterator[Offender]:
    for document in to_check(ClaimDocument.objects.select_related("claim"), "created_at", every=looking.every_file):
        if fault := fault_of(document):
            yield offender(document.claim, f"Document {key_of(document.pk)[:8]} of {document.created_at:%Y-%m-%d}: {fault}")


keep(
    Invariant(
        "claim_state",
        ROOM,
        "Status and stage are those of the last step.",
        query(CLAIM, STATE, "The claim is {0}, {1}; its last step left it {2}, {3}."),
    ),
    Invariant(
        "claim_file", ROOM, "A file is closed where its last step says so.", query(CLAIM, FILE, "The file is {0}, its steps say otherwise.")
    ),
    Invariant(
        "claim_four_eyes",
        ROOM,
        "A second person is never who asked.",
        query(CLAIM, STEPS, "Somebody approved as second person what they had asked for, or nobody had."),
    ),
    Invariant("claim_seals", ROOM, "Each payment is what was approved: its seal fits.", search(_broken_seals)),
    Invariant(
        "claim_proofs", ROOM, "Each settlement proof comes to the same again, from the policy as it was known.", search(_wrong_proofs)
    ),
    Invariant(
        "claim_documents", FILES, "Each document of a claim is the file that was put in: its checksum fits.", search(_changed_documents)
    ),
)

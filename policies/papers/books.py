"""What must hold of papers: each is still what was given to the insured."""

from collections.abc import Iterator

from policies.papers.models import PolicyDocument
from vanguard.books import Invariant, Looking, Offender, keep, search
from vanguard.documents.checking import fault_of, to_check


def _changed(looking: Looking) -> Iterator[Offender]:
    rows = PolicyDocument.objects.select_related("policy")
    for paper in to_check(rows, "made_at", every=looking.every_file):
        if fault := fault_of(paper):
            yield Offender("policies.policy", str(paper.policy_id), paper.policy.policy_number, f"{paper.get_kind_display()}: {fault}")


keep(
    Invariant(
        "papers_sealed",
        "Papers and documents",
        "Each sealed paper opens, and its checksum is the one it was given out with.",
        search(_changed),
    )
)

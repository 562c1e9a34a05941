"""S20, long: a hundred transactions open at once, each of which has written, make one audit chain without a gap or a fork.

On a PostgreSQL of their own with 200 connections: the usual hundred would not do for a hundred writers, two sealers and the test.
"""

from tests.faults.parts import postgres
from tests.proving import proof_of
from tests.security.long import FIGURES, figure

WRITERS = 100
TEST = "tests/security/test_audit_chain.py::TestWriters::test_many_at_once_make_one_chain_without_a_gap"


def test_a_hundred_writers_at_once_make_one_chain() -> None:
    with postgres(None, max_connections="200") as database:
        own = {"DATABASE_URL": database.url(), "WRITERS_AT_ONCE": str(WRITERS)}
        proof = proof_of(TEST, figures=FIGURES, most_seconds=900, variables=own)
    for row, words in proof.figures:
        figure(row, words)
    assert proof.holds, proof.said
    assert any(f"{WRITERS} transactions open at once" in words for _, words in proof.figures)

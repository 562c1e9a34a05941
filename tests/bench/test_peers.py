"""The peers still do the same work as the platform (BENCH_PEERS=1)."""

import pytest

from bench import rounds
from tests import needs


@needs.postgresql
@pytest.mark.slow
def test_the_peers_answers_headers_and_rows_are_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_KEEP", "0")
    assert rounds.check(claims=100, workers=1) == 0

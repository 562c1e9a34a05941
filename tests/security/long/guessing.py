"""S4, long: a thousand guesses at one account, fifty at a time, from ever other addresses. No more than the limit is looked at."""

from collections import Counter

import pytest

from tests.api.calling import Caller
from tests.factories import adjuster
from tests.security.long import figure
from tests.security.test_guessing import together
from vanguard.accounts.passwords import BcryptHasher

GUESSES, AT_ONCE = 1_000, 50


@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_guesses_three_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    maya, statuses, looked_at = adjuster(email="maya@vanguard.example"), list[int](), list[str]()
    stored = maya.password
    verify = BcryptHasher.verify

    def counting(hasher: BcryptHasher, password: str, encoded: str) -> bool:
        if encoded == stored:
            looked_at.append(password)
        return bool(verify(hasher, password, encoded))

    monkeypatch.setattr(BcryptHasher, "verify", counting)

    def guess(number: int) -> int:
        for again in range(GUESSES // AT_ONCE):
            sent = {"email": maya.email, "password": f"Guess-{number}-{again}!aA"}
            statuses.append(Caller().post("/auth/token", sent, X_Forwarded_For=f"203.0.{again}.{number}").status)
        return 0

    together(guess, AT_ONCE)
    answers = dict(Counter(statuses))
    figure("S4", f"{len(statuses):,} guesses, {AT_ONCE} at once, from ever other addresses: {len(looked_at)} looked at, answers {answers}")
    assert len(looked_at) <= 3
    assert set(statuses) <= {401, 429}

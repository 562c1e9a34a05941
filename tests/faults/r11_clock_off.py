"""R11: three nodes on one database, whose clocks are right, ten minutes fast, and ten minutes slow (libfaketime).

A clock that is off may end a token or a lock so much sooner or later, and nothing more: what was refused stays refused, no code counts
twice, and the order of the audit is the order of what was done, whatever the clocks said.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.factories import PASSWORD
from tests.faults import figure, size
from tests.faults.load import EMAIL, Caller, prepare, require_whole, writers
from tests.faults.parts import Postgres, until
from tests.live import LiveServer, live_server, manage

OFF, WRITES = 600, size("writes", 40)
CLOCKS = {"right": 0, "fast": OFF, "slow": -OFF}
SECRET, LOCK, LIVES = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 900, 1_800
SEED = f"""
from django.utils import timezone
from tests.factories import adjuster, superuser
from vanguard.accounts.models import SecondFactor
for name in ("right", "fast", "slow"):
    adjuster(email=f"locked-{{name}}@vanguard.example")
    user = adjuster(email=f"coded-{{name}}@vanguard.example")
    SecondFactor.objects.create(user=user, secret="{SECRET}", last_step=0, created_at=timezone.now())
    user.second_factor_since = timezone.now()
    user.save()
"""
MINTED = f"""
from vanguard.accounts.models import User
from vanguard.accounts.tokens import start_family
print(start_family(User.objects.get(email={EMAIL!r})).access)
"""
ORDER = """
    SELECT r.correlation_id FROM audit_record r JOIN audit_link l ON l.record_id = r.id
    WHERE r.table_name = 'claims_claimtransition' AND r.new->>'claim_id' = %s ORDER BY l.sequence
"""
GAPS = "SELECT count(*), max(sequence), min(sequence) FROM audit_link"
# The trail has the database's clock, which is right.
FAR = "SELECT count(*) FROM audit_record WHERE at > clock_timestamp() OR at < clock_timestamp() - interval '1 hour'"


def clock(seconds: int) -> dict[str, str]:
    """The variables of a process whose clock is so far off."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "libfaketime is missing (Debian: apt-get install libfaketime)"
    # gunicorn's workers tell that they are alive by the time of a file, which is to stay as it was written.
    return {"LD_PRELOAD": str(found[0]), "FAKETIME": f"{seconds:+d}", "NO_FAKE_STAT": "1"} if seconds else {}


@pytest.fixture
def nodes(database: Postgres) -> Iterator[dict[str, LiveServer]]:
    with ExitStack() as stack:
        started = {}
        for name, seconds in CLOCKS.items():
            variables = {"WEB_CONCURRENCY": "1", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"} | clock(seconds)
            started[name] = stack.enter_context(live_server(variables, seed=SEED if name == "right" else ""))
        yield started


def log_in(node: LiveServer, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return httpx.post(f"{node.url}/api/auth/token", json={"email": email, "password": password, **more}, timeout=30)


def me(node: LiveServer, token: str) -> int:
    return httpx.get(f"{node.url}/api/auth/me", headers={"Authorization": f"Bearer {token}"}, timeout=30).status_code


def minted(nodes: Mapping[str, LiveServer], seconds_ago: int) -> str:
    """An access token of then."""
    return manage({**nodes["right"].environment, **clock(-seconds_ago)}, "shell", "--verbosity", "0", "--command", MINTED).split()[-1]


def test_a_token_lives_as_long_as_it_says_give_or_take_what_the_clock_is_off(nodes: dict[str, LiveServer]) -> None:
    for name, node in nodes.items():
        said = httpx.get(f"{node.url}/health", timeout=30).json()
        assert said["status"] in ("healthy", "degraded"), name
    found = {}
    for minutes in (0, 19, 25, 35, 41):
        token = minted(nodes, minutes * 60 + 1)
        found[minutes] = [name for name, node in nodes.items() if me(node, token) == 200]
    across = {}
    for name, node in nodes.items():
        answer = log_in(node, EMAIL)
        assert answer.status_code == 200
        across[name] = [other for other, there in nodes.items() if me(there, answer.json()["data"]["accessToken"]) == 200]
        again = httpx.post(f"{node.url}/api/auth/refresh", json={"refreshToken": answer.json()["data"]["refreshToken"]}, timeout=30)
        assert again.status_code == 200
    figure("R11", f"a token of so many minutes ago is taken by {found}; one given out now by a node is taken {across}")
    assert found == {0: ["right", "fast", "slow"], 19: ["right", "fast", "slow"], 25: ["right", "slow"], 35: ["slow"], 41: []}
    assert across == {name: list(nodes) for name in nodes}


def test_a_code_counts_once_and_only_at_its_time(nodes: dict[str, LiveServer]) -> None:
    totp, taken = pyotp.TOTP(SECRET), {}
    for name, node in nodes.items():
        email = f"coded-{name}@vanguard.example"
        # Not at the edge of a half minute, in which the code after it may be made.
        until(lambda: 2 < time.time() % 30 < 24, "the middle of a half minute")
        at = time.time() + CLOCKS[name]
        others = [seconds for seconds in (-OFF, 0, OFF) if seconds != CLOCKS[name]]
        wrong = [log_in(node, email, otp=totp.at(int(time.time() + seconds))).status_code for seconds in others[:1]]
        first = log_in(node, email, otp=totp.at(int(at))).status_code
        everywhere = [log_in(there, email, otp=totp.at(int(at))).status_code for there in nodes.values()]
        taken[name] = (wrong, first, everywhere)
    figure("R11", f"codes (of another clock, of the node's own, the same once more on each node): {taken}")
    for wrong, first, everywhere in taken.values():
        assert (wrong, first) == ([401], 200)
        assert set(everywhere) <= {401, 429}


def test_a_lock_holds_on_every_node(nodes: dict[str, LiveServer]) -> None:
    waits: dict[str, dict[str, int]] = {}
    for name, node in nodes.items():
        email = f"locked-{name}@vanguard.example"
        assert [log_in(node, email, "wrong").status_code for _ in range(3)] == [401] * 3
        answers = {other: log_in(there, email) for other, there in nodes.items() if "right" in (name, other) or name == other}
        assert {answer.status_code for answer in answers.values()} == {429}, {
            other: answer.status_code for other, answer in answers.items()
        }
        waits[name] = {other: int(answer.headers["Retry-After"]) for other, answer in answers.items()}
    figure("R11", f"a lock made on a node lasts on the others, in seconds: {waits}")
    for name, told in waits.items():
        for other, seconds in told.items():
            assert abs(seconds - LOCK - (CLOCKS[name] - CLOCKS[other])) < 30


def test_the_audit_is_in_the_order_of_what_was_done(nodes: dict[str, LiveServer], database: Postgres) -> None:
    loads = {name: prepare(node, database, name=name) for name, node in nodes.items()}
    together = [threading.Thread(target=_write, args=(load,)) for load in loads.values()]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    for load in loads.values():
        assert require_whole(load, nodes["right"], database)
    claim, done = one_after_another(nodes, loads)
    for node in nodes.values():
        node.manage("audit_seal")
    ((links, last, first),) = database.query(GAPS)
    ((far,),) = database.query(FAR)
    told = [str(correlation) for (correlation,) in database.query(ORDER, claim)]
    order = [correlation for correlation in dict.fromkeys(told) if correlation in done]
    figure("R11", f"{links} links of the audit without a gap, sealed by all three; {far} records with another time than the database's")
    assert (int(str(last)) - int(str(first)) + 1, far) == (links, 0)
    assert order == done
    nodes["right"].manage("audit_verify")
    # The history of the claim itself has the clocks of the nodes.
    nodes["right"].manage("verify_books")


def _write(load: Any) -> None:
    with writers(load, 2, count=WRITES // 2):
        pass


def one_after_another(nodes: dict[str, LiveServer], loads: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Steps of one claim, each on another node: the claim, and the correlation ids in their order."""
    callers = {name: Caller(load) for name, load in loads.items()}
    claim = callers["fast"].file(f"{loads['fast'].name}9-0", 7, amount=1_500)
    assert claim is not None
    loads["fast"].acknowledged["fast9-0"] = claim
    done = []
    for number, (node, step, body) in enumerate([
        ("slow", "start", {}),
        ("right", "reserve", {"amount": 500, "reason": "First estimate"}),
        ("fast", "approve", {}),
        ("slow", "pay", {}),
    ]):  # fmt: skip
        correlation = f"step-number-{number}"
        answer, said = callers[node].ask("POST", f"/api/claims/{claim}/{step}", body, {"X-Correlation-ID": correlation})
        assert answer.status == 200, said
        if step != "reserve":  # it is an entry of the ledger, and no step
            done.append(correlation)
    return claim, done

"""S1, long: schemathesis against the running platform, as each role, until FUZZ_CASES (10,000) requests were made.

It makes up requests from the schema, good ones and bad ones, and follows what they made (its stateful phase). No answer is a crash,
and each is what the schema promises. A round lasts FUZZ_SECONDS (120), with another seed and a fresh log-in, because a token runs out.
A round that asks for nothing, and a role whose requests are all refused or all told 401, prove nothing and fail. First a crash that was
planted has to be found, in the log as elsewhere.

FUZZ_ROLES names some roles, by commas. `make security` runs it on PostgreSQL where there is one.
"""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from tests.delivery.servers import ROOT
from tests.factories import PASSWORD
from tests.live import LiveServer, crashes_among
from tests.security.long import figure
from tests.security.long.running import CRASH, platform

VENV = Path(__file__).parent / ".venv"
ROLES = ("Adjuster", "Supervisor", "Underwriter", "Finance", "Compliance", "Administrator", "Policyholder", "Nobody")
CASES = int(os.environ.get("FUZZ_CASES", "10000"))
SECONDS = os.environ.get("FUZZ_SECONDS", "120")
PLANTED_SECONDS = "20"
# Of the requests of a role, as a share: how many are taken at least (who has no role may do hardly anything), and how many may be told 401
# (log-ins that are made up are).
LEAST_TAKEN, LEAST_OF_NOBODY, MOST_ANONYMOUS = 0.03, 0.01, 0.25
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"
# They would end the very log-in that asks, or change its password.
NOT_CALLED = ("/api/auth/logout", "/api/auth/password")
SEED = f"""
from tests.factories import staff, superuser, policyholder, submitted_claim, UserFactory
from tests.quotes.making import quoted
for role in {ROLES[:5]!r}:
    staff(role, email=f"{{role.lower()}}@example.com")
superuser(email="administrator@example.com")
claim = submitted_claim()
policyholder(claim.policy.customer, email="policyholder@example.com")
quoted(claim.policy.customer)
nobody = UserFactory.build(email="nobody@example.com")
nobody.set_password({PASSWORD!r})
nobody.save()
"""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not (VENV / "bin/schemathesis").exists():
        subprocess.run([ROOT / "tests/security/long/scanners.sh", VENV], check=True)


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveServer]:
    with platform(django_db_blocker, "fuzzed", SEED) as running:
        yield running


def roles() -> list[str]:
    named = os.environ.get("FUZZ_ROLES", "")
    return [role for role in ROLES if role in named.split(",")] if named else list(ROLES)


class Lines:
    """What the server has logged since it was last looked at."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size

    def more(self) -> list[dict[str, Any]]:
        with self._log.open("rb") as file:
            file.seek(self._read)
            whole = file.read()
        whole = whole[: whole.rfind(b"\n") + 1]
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines() if line.strip()]


class Fuzzed:
    """One role's rounds."""

    def __init__(self, server: LiveServer, role: str, folder: Path) -> None:
        self.server, self.role, self.folder = server, role, folder
        self.lines = Lines(server.log)
        self.statuses: Counter[int] = Counter()
        self.device = ""
        self.crashes: list[dict[str, Any]] = []
        self.phases: set[str] = set()

    @property
    def cases(self) -> int:
        return self.statuses.total()

    def share(self, *hundreds: int) -> float:
        return sum(number for status, number in self.statuses.items() if status // 100 in hundreds) / max(1, self.cases)

    def round(self, seed: int, seconds: str = SECONDS) -> subprocess.CompletedProcess[str]:
        body = {"email": f"{self.role.lower()}@example.com", "password": PASSWORD}
        # From a known device: the fuzzer makes up log-ins by the thousand, its own account's among them, which locks that for all others.
        known = {"X-Device-Token": self.device} if self.device else {}
        answered = httpx.post(f"{self.server.url}/api/auth/token", json=body, headers=known, timeout=30).json()
        assert answered["data"], answered
        token, self.device = answered["data"]["accessToken"], answered["data"]["deviceToken"]
        self.lines.more()
        command = [str(VENV / "bin/schemathesis"), "run", f"{self.server.url}/api/openapi.json", "--seed", str(seed)]
        command += ["--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--max-time", seconds, "--no-shrink"]
        command += ["--continue-on-failure", "--request-timeout", "20", "--suppress-health-check", "all", "--workers", "2"]
        for path in NOT_CALLED:
            command += ["--exclude-path", path]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        self.phases |= {each.lower() for each in re.findall(r"(Examples|Coverage|Fuzzing|Stateful)\b", done.stdout)}
        lines = self.lines.more()
        self.statuses.update(int(line["status"]) for line in lines if line["logger"] == "vanguard.requests")
        self.crashes += crashes_among(lines)
        return done


def test_a_crash_that_was_planted_is_found_in_the_log(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> None:
    with platform(django_db_blocker, "crashing", SEED + CRASH) as server:
        fuzzed = Fuzzed(server, "Administrator", tmp_path)
        fuzzed.round(1, PLANTED_SECONDS)
    figure("S1", f"planted: a table is away, of {fuzzed.cases:,} requests {len(fuzzed.crashes)} crashes logged")
    assert fuzzed.crashes != []


@pytest.mark.parametrize("role", roles())
def test_no_request_that_the_schema_lets_one_make_up_is_a_crash_or_breaks_a_promise(server: LiveServer, role: str, tmp_path: Path) -> None:
    fuzzed, broken, seed = Fuzzed(server, role, tmp_path), "", 0
    while fuzzed.cases < CASES and not broken:
        seed, before = seed + 1, fuzzed.cases
        done = fuzzed.round(seed)
        broken = done.stdout[-6000:] + done.stderr[-1000:] if done.returncode else ""
        assert fuzzed.cases > before, f"round {seed} asked for nothing:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    taken, anonymous = fuzzed.share(2), fuzzed.statuses[401] / fuzzed.cases
    told = f"{fuzzed.cases:,} requests made up from the schema in {seed} rounds on {connection.vendor}, {taken:.0%} of them taken (2xx)"
    kept = "a promise broken" if broken else "no promise broken"
    figure("S1", f"{role}: {told}, {anonymous:.0%} without a log-in (401), {len(fuzzed.crashes)} crashes logged, {kept}")
    assert fuzzed.crashes == []
    assert not broken, broken
    assert fuzzed.share(5) == 0
    assert fuzzed.cases >= CASES
    assert taken >= (LEAST_OF_NOBODY if role == "Nobody" else LEAST_TAKEN)
    assert anonymous <= MOST_ANONYMOUS
    assert {"fuzzing", "stateful"} <= fuzzed.phases

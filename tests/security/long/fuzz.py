"""S1, long: schemathesis against the running platform, as each role.

It makes up requests from the schema, good ones and bad ones, and follows what they made. No answer is a crash, and each is what the schema
promises.

FUZZ_SECONDS (45) is how long each role is; FUZZ_ROLES names some of them, by commas.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.delivery.servers import ROOT
from tests.factories import PASSWORD
from tests.live import WITHOUT_END, LiveServer, live_server
from tests.security.long import figure

VENV = Path(__file__).parent / ".venv"
ROLES = ("Adjuster", "Supervisor", "Underwriter", "Finance", "Compliance", "Administrator", "Policyholder", "Nobody")
SECONDS = os.environ.get("FUZZ_SECONDS", "45")
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


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    if not (VENV / "bin/schemathesis").exists():
        subprocess.run([ROOT / "tests/security/long/scanners.sh", VENV], check=True)
    with live_server({"WEB_CONCURRENCY": "2"} | WITHOUT_END, seed=SEED) as running:
        yield running


def roles() -> list[str]:
    named = os.environ.get("FUZZ_ROLES", "")
    return [role for role in ROLES if role in named.split(",")] if named else list(ROLES)


def requests_to(server: LiveServer) -> list[dict[str, object]]:
    return [line for line in server.log_lines() if line["logger"] == "vanguard.requests"]


@pytest.mark.parametrize("role", roles())
def test_no_request_that_the_schema_lets_one_make_up_is_a_crash_or_breaks_a_promise(server: LiveServer, role: str, tmp_path: Path) -> None:
    before = len(requests_to(server))
    body = {"email": f"{role.lower()}@example.com", "password": PASSWORD}
    token = httpx.post(f"{server.url}/api/auth/token", json=body).json()["data"]["accessToken"]
    command = [str(VENV / "bin/schemathesis"), "run", f"{server.url}/api/openapi.json", "--header", f"Authorization: Bearer {token}"]
    command += ["--checks", CHECKS, "--max-time", SECONDS, "--no-shrink", "--continue-on-failure", "--request-timeout", "20"]
    command += ["--suppress-health-check", "all", "--workers", "2"]
    for path in NOT_CALLED:
        command += ["--exclude-path", path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    cases = len(requests_to(server)) - before
    crashes = [line for line in server.log_lines() if line.get("level") == "ERROR"]
    kept = "no promise broken" if done.returncode == 0 else "a promise broken"
    figure("S1", f"{role}: {cases:,} requests made up from the schema, {len(crashes)} crashes logged, {kept}")
    assert done.returncode == 0, done.stdout[-6000:]
    assert crashes == []

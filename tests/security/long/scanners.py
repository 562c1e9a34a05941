"""Scanners that others wrote, against the running platform with a log-in: nothing of medium severity or above.

`make security ROWS=scanners`. Each is shown first to find a hole that was planted for it (planted.py). sqlmap asks every text parameter of
the API's reads and of the workbench's lists and reports; wapiti crawls and attacks both; schemathesis is S1's (fuzz.py), and finds the
planted crash here.
Everything stays on loopback, and each is held to SCANNER_SECONDS (90) for a crawl, and half of that for each kind of attack.

nikto is not in the package archives that this was made with; wapiti's modules that go by its list, and those that need a machine outside
(ssrf, xxe, log4shell), are left out.
"""

import csv
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.delivery.servers import ROOT
from tests.factories import PASSWORD
from tests.live import LiveServer
from tests.security.long import figure
from tests.security.long.planted import planted
from tests.security.long.running import CRASH, platform

TOOLS = Path(__file__).parent / ".venv" / "bin"
SECONDS = int(os.environ.get("SCANNER_SECONDS", "90"))
# Whatever it is doing, a scanner is ended then.
LONGEST = 20 * SECONDS
MEDIUM = 2  # wapiti: 0 information, 1 low, 2 medium, 3 high, 4 critical
ATTACKS = "crlf,csrf,exec,file,ldap,methods,permanentxss,redirect,sql,upload,xss"
WHO = "administrator@example.com"
SEED = f"""
from django.test import Client
from tests.factories import policyholder, submitted_claim, superuser
from tests.quotes.making import quoted
user = superuser(email={WHO!r})
claim = submitted_claim()
policyholder(claim.policy.customer)
quoted(claim.policy.customer)
"""
LOG_IN = f"""
from django.test import Client
from vanguard.accounts.models import User
desk = Client()
desk.force_login(User.objects.get(email={WHO!r}), backend="django.contrib.auth.backends.ModelBackend")
print(desk.cookies["sessionid"].value)
"""
LISTS = (
    "/admin/claims/claim/?view=all&q=smith&status=approved&stage=paid&claim_type=fire&owner=nobody&due=week&o=1",
    "/admin/claims/claim/?view=all&reported_date_from=2026-01-01&reported_date_to=2026-12-31",
    "/admin/policies/policy/?view=force&q=smith&status=active&policy_type=homeowners&o=1",
    "/admin/customers/customer/?q=smith&o=1",
    "/admin/search/?q=smith",
    "/admin/audit/?q=smith",
    "/admin/reports/inventory/?policy_type=homeowners",
    "/admin/reports/triangle/?value=incurred&policy_type=homeowners",
)
# They would end the log-in that asks, or lock it.
NOT_CALLED = ("logout/", "login/", "password_change/", "account/*", "accounts/*", "auth/user/*")
NOT_CALLED_OF_API = ("api/auth/logout", "api/auth/password", "api/auth/token", "api/auth/refresh", "admin/*")


class Finding(NamedTuple):
    tool: str
    level: int
    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.tool}: {self.what} ({self.level}) at {self.where}"


class Suppressed(NamedTuple):
    """A finding that is none, and why."""

    what: str
    where: str
    reason: str


SUPPRESSED: tuple[Suppressed, ...] = ()


def run(command: Sequence[str], folder: Path) -> str:
    """What the tool wrote. It is ended when it takes too long, and what it has found by then counts."""
    kept = folder / "written"
    with kept.open("w") as written:
        try:
            subprocess.run(command, cwd=folder, stdout=written, stderr=subprocess.STDOUT, check=False, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{command[0]} was not done after {LONGEST} s:\n{kept.read_text()[-2000:]}")
    return kept.read_text()


def sqlmap(addresses: Sequence[str], folder: Path, *more: str) -> list[Finding]:
    """Whether any parameter of these addresses reaches a database as SQL, told by errors, by truth and by joined rows."""
    (folder / "targets").write_text("\n".join(addresses))
    results = folder / "results.csv"
    command = [str(TOOLS / "sqlmap"), "--batch", "-m", "targets", "--technique", "BEU", "--threads", "4", "--ignore-code", "*"]
    command += ["--drop-set-cookie", "--output-dir", "kept", "--results-file", str(results), "--flush-session", "--disable-coloring", *more]
    told = run(command, folder)
    tried = told.count("testing if") + told.count("heuristic")
    assert tried, told[-2000:]
    rows = list(csv.DictReader(results.read_text().splitlines())) if results.exists() else []
    # It looks at each a second time, and says itself of which it was wrong: two answers differed for another reason than what was asked.
    return [
        Finding("sqlmap", 0 if "false positive" in row["Note(s)"] else 4, "SQL injection", f"{row['Target URL']} {row['Parameter']}")
        for row in rows
        if row["Technique(s)"]
    ]


def wapiti(address: str, folder: Path, *more: str, attacks: str = ATTACKS) -> tuple[list[Finding], int]:
    """What it finds, and how many pages it had crawled."""
    report = folder / "report.json"
    command = [str(TOOLS / "wapiti"), "-u", address, "-m", attacks, "-f", "json", "-o", str(report), "--flush-session", "--no-bugreport"]
    command += ["--store-session", "session", "--store-config", "config", "-v", "1"]
    command += ["--max-scan-time", str(SECONDS), "--max-attack-time", str(SECONDS // 2), *more]
    told = run(command, folder)
    assert report.exists(), told[-2000:]
    found = json.loads(report.read_text())
    kinds = (*found["vulnerabilities"].items(), *found["anomalies"].items())
    findings = [
        Finding("wapiti", each["level"], kind, f"{each['method']} {each['path']} {each['info']}") for kind, all_ in kinds for each in all_
    ]
    return findings, found["infos"]["crawled_pages_nbr"]


def of_weight(findings: Sequence[Finding]) -> list[str]:
    """Those of medium severity or above that nobody has explained, each once."""
    left = [
        each for each in findings if each.level >= MEDIUM and not any(s.what == each.what and s.where in each.where for s in SUPPRESSED)
    ]
    return sorted({str(each) for each in left})


def told_of(findings: Sequence[Finding]) -> str:
    """How many of which severity, each once, and how many of those that weigh are not explained."""
    names = ("information", "low", "medium", "high", "critical")
    levels = Counter(names[each.level] for each in set(findings))
    words = ", ".join(f"{count} {level}" for level, count in levels.items()) or "nothing"
    return f"{words}; {len(of_weight(findings))} of medium or above unexplained"


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    subprocess.run([ROOT / "tests/security/long/scanners.sh", TOOLS.parent], check=True)


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveServer]:
    with platform(django_db_blocker, "scanned", SEED) as running:
        yield running


def token_of(server: LiveServer) -> str:
    answer = httpx.post(f"{server.url}/api/auth/token", json={"email": WHO, "password": PASSWORD})
    return str(answer.json()["data"]["accessToken"])


@pytest.fixture
def token(server: LiveServer) -> str:
    return token_of(server)


@pytest.fixture
def cookies(server: LiveServer) -> str:
    """A browser's, with a token of its own against forged forms: wapiti sends the forms that it finds."""
    session = server.manage("shell", "--verbosity", "0", "--command", LOG_IN).strip().splitlines()[-1]
    return f"sessionid={session}; csrftoken={'t' * 32}"


def texts_of(schema: dict[str, Any], server: LiveServer) -> list[str]:
    """Each text parameter of each list and report of the API, by itself: where another was refused, nothing would get any further.

    Lists beneath one record have the same parameters.
    """
    found = []
    for path, operations in schema["paths"].items():
        for each in operations.get("get", {}).get("parameters", ()):
            if "{" not in path and each["in"] == "query" and takes_text(each["schema"]):
                found.append(f"{server.url}{path}?{each['name']}=a")
    return found


def takes_text(schema: dict[str, Any]) -> bool:
    """Whether words can be sent: what is a date, an id or one of a few is looked at before it gets anywhere."""
    return any(kind.get("type") == "string" and not {"format", "enum"} & kind.keys() for kind in (schema, *schema.get("anyOf", ())))


def served(server: LiveServer, prefix: str) -> Counter[int]:
    """How many requests beneath an address were answered how."""
    return Counter(line["status"] for line in server.log_lines() if "status" in line and str(line.get("path", "")).startswith(prefix))


def test_each_of_them_finds_the_hole_that_was_planted_for_it(tmp_path: Path) -> None:
    with planted() as address:
        for each in ("sqlmap", "wapiti", "schemathesis"):
            (tmp_path / each).mkdir()
        injected = sqlmap([f"{address}items?id=1"], tmp_path / "sqlmap")
        found, _ = wapiti(address, tmp_path / "wapiti", attacks="sql,xss")
        fuzz = [str(TOOLS / "schemathesis"), "run", f"{address}openapi.json", "--checks", "not_a_server_error", "--max-time", "20"]
        told = run(fuzz, tmp_path / "schemathesis")
    assert [each.where.endswith(" id") for each in injected] == [True]
    assert {"SQL Injection", "Reflected Cross Site Scripting"} <= {each.what for each in found if each.level >= MEDIUM}
    assert "Server error" in told, told[-2000:]
    figure(
        "scanners", "planted: the SQL injection is found by sqlmap and wapiti, the reflected script by wapiti, the crash by schemathesis"
    )


def test_a_crash_that_was_planted_in_the_platform_is_found_in_its_log(django_db_setup: None, django_db_blocker: Any) -> None:
    with platform(django_db_blocker, "crashing", SEED + CRASH) as server:
        headers = {"Authorization": f"Bearer {token_of(server)}"}
        before = server.crashes()
        answer = httpx.get(f"{server.url}/api/claims", headers=headers)
        logged = server.crashes()[len(before) :]
        figure("scanners", f"planted: a table is away, its list is answered {answer.status_code}, {len(logged)} crashes logged")
        assert answer.status_code >= 500
        assert logged != []


def test_no_text_of_the_api_reaches_a_database_as_sql(server: LiveServer, token: str, tmp_path: Path) -> None:
    addresses = texts_of(httpx.get(f"{server.url}/api/openapi.json").json(), server)
    before = served(server, "/api/")
    findings = sqlmap(addresses, tmp_path, "--headers", f"Authorization: Bearer {token}")
    answers = served(server, "/api/") - before
    figure("scanners", f"sqlmap, API: {len(addresses)} parameters of lists and reports, answers {dict(answers)}: {told_of(findings)}")
    assert answers[200] > 10 * len([each for each in addresses if "?q=" in each]), "it was let in, and words were searched for"
    assert answers[401] == 0
    assert of_weight(findings) == []
    assert server.crashes() == []


def test_no_text_of_the_workbench_reaches_a_database_as_sql(server: LiveServer, cookies: str, tmp_path: Path) -> None:
    before = served(server, "/admin/")
    findings = sqlmap([f"{server.url}{each}" for each in LISTS], tmp_path, "--cookie", cookies)
    answers = served(server, "/admin/") - before
    asked = sum(each.count("=") for each in LISTS)
    figure("scanners", f"sqlmap, workbench: {asked} parameters of {len(LISTS)} lists, answers {dict(answers)}: {told_of(findings)}")
    assert answers[200] > asked, "it was let in"
    assert of_weight(findings) == []
    assert server.crashes() == []


def test_a_crawler_that_attacks_the_workbench_finds_nothing(server: LiveServer, cookies: str, tmp_path: Path) -> None:
    before = served(server, "/admin/")
    left_out = [part for each in NOT_CALLED for part in ("-x", f"{server.url}/admin/{each}")]
    findings, pages = wapiti(f"{server.url}/admin/", tmp_path, "-C", cookies, "--max-links-per-page", "40", *left_out)
    figure(
        "scanners",
        f"wapiti, workbench: {pages} pages and forms crawled, answers {dict(served(server, '/admin/') - before)}: {told_of(findings)}",
    )
    still_in = httpx.get(f"{server.url}/admin/", headers={"Cookie": cookies})
    assert (still_in.status_code, pages > 30) == (200, True), "it was logged in to the end"
    assert of_weight(findings) == []
    assert server.crashes() == []


def test_a_crawler_that_attacks_the_api_finds_nothing(server: LiveServer, token: str, tmp_path: Path) -> None:
    before = served(server, "/api/")
    # From the root: the schema's addresses are put behind the one that is given.
    left_out = [part for each in NOT_CALLED_OF_API for part in ("-x", f"{server.url}/{each}")]
    more = ("--swagger", f"{server.url}/api/openapi.json", "-H", f"Authorization: Bearer {token}", *left_out)
    findings, pages = wapiti(f"{server.url}/", tmp_path, *more)
    answers = served(server, "/api/") - before
    figure("scanners", f"wapiti, API: {pages} operations, answers {dict(answers)}: {told_of(findings)}")
    assert httpx.get(f"{server.url}/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert (pages > 100, answers[200] > 20, answers[401]) == (True, True, 0), "it was let in"
    assert of_weight(findings) == []
    assert server.crashes() == []

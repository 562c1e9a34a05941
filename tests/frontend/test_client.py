"""The client against a running server; and, by vitest, against one that fails on purpose."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import needs
from tests.factories import PASSWORD
from tests.frontend.conftest import ROOT, Node
from tests.live import LiveServer, live_server

pytestmark = [pytest.mark.slow, needs.node, pytest.mark.once]
EMAIL = "admin@vanguard.example"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server(seed=f"from tests.factories import superuser; superuser(email='{EMAIL}')") as server:
        yield server


def test_the_client_lists_gets_and_creates_exact_to_the_cent_and_the_millisecond(server: LiveServer, node: Node) -> None:
    done = node("tests/frontend/against_server.ts", BASE_URL=server.url, EMAIL=EMAIL, PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "every cent and every time came back" in done.stdout


def test_a_program_of_another_team_compiles_against_the_built_package_and_runs(
    server: LiveServer, node: Node, tools: Path, tmp_path: Path
) -> None:
    """Requirements 7.2 and 7.3: by the names of the contract alone, with settings of its own."""
    shutil.copytree(ROOT / "tests" / "frontend" / "outside", tmp_path / "outside")
    packages = tmp_path / "node_modules"
    (packages / "@vanguardai").mkdir(parents=True)
    (packages / "@types").symlink_to(tools / "@types")
    shared = packages / "@vanguardai" / "shared"
    for name in ("types", "utils", "api-client"):
        settings = f"libs/shared/{name}/tsconfig.build.json"
        built = node("node_modules/typescript/bin/tsc", "--project", settings, "--outDir", str(shared / name), "--noCheck")
        assert built.returncode == 0, built.stdout
    shutil.copy(ROOT / "libs" / "shared" / "package.json", shared)

    compiled = node("node_modules/typescript/bin/tsc", "--project", str(tmp_path / "outside"))
    assert compiled.returncode == 0, compiled.stdout

    logged_in = httpx.post(f"{server.url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD})
    token = {"Authorization": f"Bearer {logged_in.json()['data']['accessToken']}"}
    rosa = {"email": "rosa@outside.example", "firstName": "Rosa", "lastName": "Diaz"}
    httpx.post(f"{server.url}/api/customers", json=rosa, headers=token).raise_for_status()
    (tmp_path / "outside" / "out" / "package.json").write_text('{"type": "module"}')
    ran = node(str(tmp_path / "outside" / "out" / "program.js"), server.url, token["Authorization"].split()[1])
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["claims"][0] == [True, "pending"]
    del said["claims"], said["policies"]
    assert said == {
        "premium": "1200.30",
        "coverage": "9999999999999.99",
        "start": "2026-01-01T00:00:00.001Z",
        "end": "2027-01-01T00:00:00.000Z",
        "incident": "2026-01-02T01:04:05.678Z",
        "amount": "5000.30",
        "same": True,
    }


def test_the_client_renews_tries_again_and_comes_back_as_its_unit_tests_say(node: Node, tools: Path) -> None:
    done = node("node_modules/vitest/vitest.mjs", "run", CI="true")
    assert done.returncode == 0, done.stdout + done.stderr

import json
import re
from pathlib import Path

import pytest

from claims.live import TYPES as EVENT_TYPES
from config.api import api
from tests import needs
from tests.frontend.conftest import ROOT, Node

pytestmark = [needs.node, pytest.mark.once]
CLIENT = ROOT / "libs/shared/api-client/src/lib/generated-client.ts"
TRANSPORT = ROOT / "libs/shared/api-client/src/lib/transport.ts"
EVENTS = ROOT / "libs/shared/api-client/src/lib/events.ts"
TYPES = ROOT / "libs/shared/types/src/lib/api.ts"


@pytest.mark.slow
def test_the_types_are_those_of_the_schema_as_it_is_now(node: Node, tools: Path, tmp_path: Path) -> None:
    written = tmp_path / "api.ts"
    schema = json.dumps(api.get_openapi_schema(path_prefix="/api/"))
    done = node("libs/shared/types/generate.mjs", str(written), given=schema)
    assert done.returncode == 0, done.stderr
    assert written.read_text() == TYPES.read_text(), "generate again: libs/shared/types/generate.mjs says how"


@pytest.mark.slow
def test_types_client_contract_and_portal_fit_together(node: Node, tools: Path) -> None:
    done = node("node_modules/typescript/bin/tsc", "--noEmit", "--project", "tsconfig.json")
    assert done.returncode == 0, done.stdout
    done = node("node_modules/typescript/bin/tsc", "--project", "apps/portal/tsconfig.json")
    assert done.returncode == 0, done.stdout


def test_the_client_has_a_call_for_every_operation_and_no_other() -> None:
    source = CLIENT.read_text() + TRANSPORT.read_text()
    called = set(re.findall(r'[#.]send(?:<\w+>)?\("(\w+)", [`"](/api/[^`"?]+?)(?:\$\{queryString.*)?[`"]', source))
    called |= set(re.findall(r'#fetch\("(\w+)", `(/api/[^`]+)`', source))
    called |= {("GET", path) for path in re.findall(r'#list\([`"](/api/[^`"]+)[`"]', source)}
    called |= {("POST", path) for path in re.findall(r'#create\([`"](/api/[^`"]+)[`"]', source)}
    addresses = {(method, re.sub(r"\$\{segment\(\w+\)\}", "{}", path)) for method, path in called}
    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    assert addresses == {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, methods in paths.items() for method in methods}


def test_the_client_knows_every_event_and_no_other() -> None:
    assert set(re.findall(r'"(claim\.\w+)"', EVENTS.read_text())) == set(EVENT_TYPES.values())


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()

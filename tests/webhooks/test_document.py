"""docs/webhooks.md is what partners build by: its examples verify real deliveries, and its table has every event."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import needs
from vanguard.ids import new_text_id
from vanguard.webhooks.signing import headers, new_secret
from vanguard.webhooks.sources import event_types

pytestmark = pytest.mark.once
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
BODY = '{"id":"1","type":"claim.filed","data":{"claimNumber":"CLM-2026-000123","city":"Zürich"}}'.encode()


def example(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(found)


def in_python(secret: str, told: dict[str, str], body: bytes) -> bool:
    space: dict[str, Any] = {}
    exec(example("python"), space)  # noqa: S102  # the document's own
    verdict: bool = space["is_ours"](secret, told, body)
    return verdict


def in_node(secret: str, told: dict[str, str], body: bytes) -> bool:
    asked = f"console.log(isOurs({json.dumps(secret)}, {json.dumps(told)}, Buffer.from({json.dumps(list(body))})))"
    script = example("js").replace("export ", "") + asked
    node = str(needs.node_path())
    ran = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip() == "true"


@pytest.mark.parametrize("verified", [in_python, pytest.param(in_node, marks=needs.node)])
def test_the_examples_tell_ours_from_everybody_elses(verified: Callable[[str, dict[str, str], bytes], bool]) -> None:
    now, key, old, new = int(time.time()), new_text_id(), new_secret(), new_secret()
    told = headers([new, old], key, now, BODY)
    assert verified(old, told, BODY)
    assert verified(new, told, BODY)
    assert not verified(new_secret(), told, BODY)
    assert not verified(new, told, BODY + b" ")
    assert not verified(new, told | {"webhook-id": new_text_id()}, BODY)
    assert not verified(new, headers([new], key, now - 400, BODY), BODY)


def test_a_signature_is_the_one_that_the_specification_gives_as_its_example() -> None:
    """Of Standard Webhooks' own reference libraries."""
    told = headers(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_event_stands_in_the_table_and_none_that_is_not_there() -> None:
    rows = DOCUMENT.partition("| about | types |")[2].partition("Special investigations")[0]
    assert sorted(re.findall(r"`(\w+\.\w+)`", rows)) == event_types()

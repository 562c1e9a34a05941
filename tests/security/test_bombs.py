"""S10, short: what is small when it comes and large when it is opened. Here the regular expressions.

Archives and pictures: tests/workbench/test_uploads.py. Deep JSON: tests/api/test_bad_input.py. With time and memory:
tests/security/long/bombs.py.
"""

import ast
import re
import time
from collections.abc import Iterator

import pytest

from tests.security.sources import sources

pytestmark = pytest.mark.once
LENGTH, MOST_SECONDS = 8_000, 0.25
PIECES = [
    "a",
    "A",
    "0",
    " ",
    "\n",
    "-",
    ".",
    "_",
    "/",
    "@",
    "=",
    '"',
    "a ",
    "0 ",
    " AA",
    "a.",
    "a@a.",
    "a-",
    "1-",
    "x=1 ",
    "Key (",
    "a://",
    "eyJ.",
]
ASKED = ("search", "match", "fullmatch", "sub", "findall", "finditer")


def patterns() -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Every regular expression of the platform that is written out, where it stands, and what it is asked there (if told: all)."""
    for path, source in sources().items():
        asked = {name.rpartition(".")[0]: set[str]() for name, _ in source.calls if name.endswith(ASKED)}
        for name, _ in source.calls:
            if name.endswith(ASKED):
                asked[name.rpartition(".")[0]].add(name.rpartition(".")[2])
        for name, call in source.calls:
            if name.startswith("re.") and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
                given = " ".join(ast.unparse(each) for each in (*call.args[1:], *(key.value for key in call.keywords)))
                flags = sum(getattr(re, part) for part in re.findall(r"\bre\.([A-Z]+)", given))
                way = {name.removeprefix("re.")} - {"compile"} or asked.get(source.named.get(call.lineno, ""), set())
                yield f"{path}:{call.lineno}", re.compile(call.args[0].value, flags), way or {"search"}


def test_no_regular_expression_takes_long_over_a_text_made_against_it() -> None:
    found = list(patterns())
    assert len(found) > 30
    slow = {}
    for place, pattern, ways in found:
        ask = pattern.search if ways - {"match", "fullmatch"} else pattern.fullmatch
        for piece in PIECES:
            text = piece * (LENGTH // len(piece)) + "\x00!"
            began = time.thread_time()
            ask(text)
            if (seconds := time.thread_time() - began) > MOST_SECONDS:
                slow[place, piece] = round(seconds, 2)
    assert slow == {}

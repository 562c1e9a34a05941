"""Keeps secrets and personal data out of logs and error reports: by the name of a field, and by the shape of a value.

Names catch what the code labels (`password=…`), shapes what an exception's text carries along (a driver quoting the row that it refused).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"
# Parts of names: `new_password`, `X-Device-Token`, `Set-Cookie`, `ssn_hash`.
SECRET_PARTS = (
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "cookie",
    "session",
    "api_key",
    "csrf",
    "credential",
    "otp",
    "step_up_code",
    "set_up",
    "recovery_code",
    "ssn",
)
# Whole names: personal data whose names are also parts of harmless ones (`address` of `client_address`).
PERSONAL_NAMES = frozenset(
    {"email", "username", "phone", "date_of_birth", "birth_date", "address", "first_name", "last_name", "full_name", "dsn"}
    | {"routing_number", "account_number"}
)
MAX_DEPTH = 6
SHORT = 256

# Each repetition is bounded or cannot overlap with the next: a long text must not take long.
# Beside each shape and its replacement, of what a text must hold one part for the shape to be in it at all (nothing: any text may have
# it). Most texts hold none, and to look for a part takes a tenth of the time that looking for the shape does.
_SHAPES: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = (
    # `username: "…"` of a failed log-in (people type their password there), `{'ssn': '…'}` of a dictionary's text.
    (
        re.compile(r"""(?i)((?:password|username|email|ssn|token|secret)\w{0,20}["']?\s{0,3}[:=]\s{0,3})("[^"]*"|'[^']*'|[^\s,;&}\])]+)"""),
        r"\1" + REDACTED,
        (":", "="),
    ),
    # A driver's detail names columns and quotes values: "Key (email)=(jane@…) already exists", "Failing row contains (…)".
    (
        re.compile(r"(DETAIL:|CONTEXT:|Failing row contains).*"),
        r"\1 " + REDACTED,
        ("DETAIL:", "CONTEXT:", "Failing row contains"),
    ),
    (re.compile(r"(?m)(Key \([^)]{1,200}\)=)\(.{0,500}?\)(?= |$)"), r"\1(" + REDACTED + ")", ("Key (",)),
    # pydantic repeats what it was given.
    (re.compile(r"(?m)input_value=.*?(?=, input_type=|$)"), "input_value=" + REDACTED, ("input_value=",)),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REDACTED, ("eyJ",)),
    (re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=-]+"), r"\1 " + REDACTED, (" ",)),
    (re.compile(r"(?<!\w)(\w{1,20}://[^\s:/@]{0,200}):[^\s/@]{1,200}@"), r"\1:" + REDACTED + "@", ("://",)),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]", ("@",)),
    (re.compile(r"\b\d{3}[- ]\d{2}[- ]\d{4}\b|(?<![\w.-])\d{9}(?![\w.-])"), "[number]", ()),
    # A telephone number as people write one: with its parts apart. Ten digits in one may be anything.
    (re.compile(r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"), "[phone]", ()),
)


@lru_cache(maxsize=1024)
def is_private(name: str) -> bool:
    """Whether a field or header of this name holds a secret or personal data."""
    lowered = name.lower().replace("-", "_")
    return lowered in PERSONAL_NAMES or any(part in lowered for part in SECRET_PARTS)


def scrub_text(text: str) -> str:
    """`text` without what looks like an e-mail address, a social security or telephone number, a token, or a quoted row."""
    # What is short mostly came before: hosts, agents, routes, names of events.
    return _scrub_short(text) if len(text) <= SHORT else _scrub(text)


def _scrub(text: str) -> str:
    for shape, replacement, needed in _SHAPES:
        if not needed or any(part in text for part in needed):
            text = shape.sub(replacement, text)
    return text


_scrub_short = lru_cache(maxsize=2048)(_scrub)


def scrub(value: Any, depth: int = 0) -> Any:
    """`value` with private fields and private-looking text replaced, however deep they lie; other types are left as they are."""
    if isinstance(value, str):
        return scrub_text(value)
    if depth >= MAX_DEPTH:
        return REDACTED
    if isinstance(value, Mapping):
        return {key: REDACTED if is_private(str(key)) and inner else scrub(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(inner, depth + 1) for inner in value]
    return value

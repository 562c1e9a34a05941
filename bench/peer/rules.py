"""What a first notice is judged by: cover, look-alikes, triage, clocks, diary. Plain functions of rows, which both peers use.

Thin on purpose: no more than correctness asks of the records that the bench has. What those never hold is left out, which only spares
the peers work: policies with later bookings, queues that assign by themselves, an insured with a key of the own.
"""

import base64
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from os import environ
from typing import Any, NamedTuple

from contract import KEY_ITERATIONS, STATES
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from fastapi import HTTPException

SAME_DAY = timedelta(hours=24)
MOST, MOST_LINKED = 50, 5
A_YEAR = timedelta(days=550)
# Before a token: under which key it is.
HEAD = len("m1:12345678:")
_STATE = re.compile(r"[\s,]([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?\s*$", re.MULTILINE)
FALLBACK = ("Look at the claim, and say what comes next", 7)


# -- The cover
class Cover(NamedTuple):
    starts_at: datetime
    ends_at: datetime


def cover_of(policy: Any, incident_date: datetime, now: datetime) -> Cover:
    """The cover that was in force at the loss: to the end, the cancellation, or a grace that ran out. Raises HTTPException 409."""
    ends_at = policy.cancelled_at or policy.end_date
    if policy.lapses_at is not None and policy.lapses_at <= now:
        ends_at = min(ends_at, policy.lapses_at)
    if not policy.start_date <= incident_date < ends_at:
        raise HTTPException(409, f"Policy {policy.policy_number} was not in force at the loss.")
    return Cover(policy.start_date, ends_at)


# -- Where the insured lives
@cache
def _box() -> Fernet:
    secret, salt = environ["ENCRYPTION_KEY"].encode(), environ["ENCRYPTION_SALT"].encode()
    return Fernet(base64.urlsafe_b64encode(PBKDF2HMAC(SHA256(), 32, salt, KEY_ITERATIONS).derive(secret)))


def jurisdiction_of(address: bytes | None) -> str:
    """The state of an encrypted address, as US-CA; empty where it does not say."""
    if not address:
        return ""
    found = _STATE.findall(_box().decrypt(address[HEAD:]).decode())
    return f"US-{found[-1]}" if found and found[-1] in STATES else ""


# -- Look-alikes
class Neighbour(NamedTuple):
    """A claim on the policy about the time of the loss."""

    id: Any
    claim_type: str
    incident_date: datetime


class Link(NamedTuple):
    earlier_id: Any
    kind: str


@lru_cache(maxsize=1000)
def plain(claim_type: str) -> str:
    return claim_type.replace("_", " ").strip().lower()


def links_of(claim_type: str, incident_date: datetime, neighbours: Sequence[Neighbour]) -> list[Link]:
    """Those of the same type look alike; the nearest of the others are of the same event."""
    if not neighbours:
        return []
    alike = [each for each in neighbours if plain(each.claim_type) == plain(claim_type)]
    others = [each for each in neighbours if plain(each.claim_type) != plain(claim_type)]
    nearest = sorted(others, key=lambda each: (abs(each.incident_date - incident_date), each.id))[:MOST_LINKED]
    return [*(Link(each.id, "looks_alike") for each in alike), *(Link(each.id, "same_event") for each in nearest)]


# -- Triage
@lru_cache(maxsize=500)
def _words(listed: str) -> re.Pattern[str] | None:
    found = [word for part in listed.split(",") if (word := " ".join(part.split()).lower())]
    return re.compile(r"\b(" + "|".join(map(re.escape, found)) + ")", re.IGNORECASE) if found else None


def triage_of(rules: Iterable[Any], claim_type: str, amount: Decimal, description: str) -> Any:
    """The first of `rules`, which come by position, that catches the claim; the last of the bench's rules catches all."""
    for rule in rules:
        if rule.claim_type and plain(rule.claim_type) != plain(claim_type):
            continue
        if (rule.amount_from is not None and amount < rule.amount_from) or (rule.amount_to is not None and amount >= rule.amount_to):
            continue
        pattern = _words(rule.words)
        if pattern is None or pattern.search(description):
            return rule
    raise HTTPException(500, "No rule catches this claim.")


# -- Clocks
class Clock(NamedTuple):
    rule_id: int
    kind: str
    days: int
    due_at: datetime


def clocks_of(rules: Iterable[Any], holidays: Collection[date], jurisdiction: str, day: date) -> list[Clock]:
    """What starts with a report on that day: of each kind the rule of the jurisdiction, whose `holidays` these are, or the company's."""
    chosen: dict[str, Any] = {}
    for rule in sorted(rules, key=lambda each: (bool(each.jurisdiction), each.valid_from)):
        valid = rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to)
        if valid and rule.jurisdiction in ("", jurisdiction):
            chosen[rule.kind] = rule
    return [Clock(rule.id, rule.kind, rule.days, _due(day, rule.days, rule.counts, holidays)) for rule in chosen.values()]


def _due(day: date, days: int, counts: str, holidays: Collection[date]) -> datetime:
    if counts == "calendar":
        return datetime.combine(day + timedelta(days=days), time.max, UTC)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5 and day not in holidays
    return datetime.combine(day, time.max, UTC)


def due_of(clocks: Iterable[Any]) -> datetime | None:
    """The next deadline."""
    return min((clock.due_at for clock in clocks), default=None)


# -- The diary
class Entry(NamedTuple):
    due_on: date
    what: str


def entry_of(rules: Iterable[Any], stage: str, severity: str, today: date) -> Entry:
    """By the closest active rule: one for the stage before one for the severity, and one for both before either. On a working day."""
    fitting = [rule for rule in rules if rule.active and rule.stage in ("", stage) and rule.severity in ("", severity)]
    rule = max(fitting, key=lambda each: (bool(each.stage), bool(each.severity)), default=None)
    what, days = (rule.what, rule.days) if rule else FALLBACK
    day = today + timedelta(days=days)
    return Entry(day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= 5 else day, what)


# -- The audit entry
HIDDEN = "••••"


def changes_of(row: dict[str, Any]) -> dict[str, list[str]]:
    """Every column of the new claim that holds something, as the platform's audit log shows it; `row` has the claim's columns."""
    told = {name: ["None", _told(value)] for name, value in row.items() if value is not None and name not in ("updated_at", "version")}
    told["policy"] = told.pop("policy_id")
    told["description"] = [HIDDEN, HIDDEN]
    return told


def _told(value: Any) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value)

"""Two people at one record: what the page showed when it was opened, what is stored now, and what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import Model

from vanguard.money import dollars as in_figures
from vanguard.workbench.dates import full_instant

SALT = "vanguard.workbench.seen"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: as opened, as stored now, as typed (None where the form does not have it)."""

    field: str
    label: str
    opened: str
    stored: str
    typed: str | None = None

    @property
    def theirs_changed(self) -> bool:
        """Whether somebody else changed it meanwhile."""
        return self.opened != self.stored

    @property
    def mine_changed(self) -> bool:
        """Whether this person changed it."""
        return self.typed is not None and self.typed != self.opened


@dataclass(frozen=True, slots=True)
class Clash:
    """A save that met another's save."""

    who: str
    when: datetime
    differences: tuple[Difference, ...]

    @property
    def can_choose(self) -> bool:
        """Whether there is a field where mine or theirs must be kept."""
        return any(each.typed is not None for each in self.differences)


def shown(value: Any) -> str:
    """A value as conflicts show and compare it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Decimal):
        return in_figures(value)
    return full_instant(value) if isinstance(value, datetime) else str(value)


def seal(record: Model, shown: Mapping[str, str]) -> str:
    """What a form showed, to travel with it: signed, so that it comes back as it went."""
    return signing.dumps({"id": str(record.pk), "shown": dict(shown)}, salt=SALT, compress=True)


def unseal(record: Model, sealed: str) -> dict[str, str]:
    """What the form showed when it was opened; nothing when that cannot be trusted."""
    try:
        content: dict[str, Any] = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        return {}
    return content["shown"] if content["id"] == str(record.pk) else {}


def compare(
    opened: Mapping[str, str], stored: Mapping[str, str], typed: Mapping[str, str], labels: Mapping[str, str]
) -> tuple[Difference, ...]:
    """The fields that differ between any two of the three, in the order of `stored`."""
    rows = (Difference(name, labels.get(name, name), opened.get(name, now), now, typed.get(name)) for name, now in stored.items())
    return tuple(row for row in rows if row.theirs_changed or row.mine_changed)

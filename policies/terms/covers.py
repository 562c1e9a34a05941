"""The limit and the deductible of coverages that have their own. A coverage that has none is under the policy's. (docs/decisions/0114)

Each figure is a field of its own of a booking, named by what it is and the coverage's code: two endorsements of the same figure clash,
of two figures they do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LIMIT, DEDUCTIBLE = "limit:", "deductible:"


@dataclass(frozen=True, slots=True)
class OwnCover:
    """What one coverage has of its own; None where it is as the policy's."""

    limit: Decimal | None = None
    deductible: Decimal | None = None


type OwnCovers = Mapping[str, OwnCover]


def is_of_cover(field: str) -> bool:
    """Whether a field of a booking is a coverage's figure."""
    return field.startswith((LIMIT, DEDUCTIBLE))


def split_field(field: str) -> tuple[str, str]:
    """limit:contents → limit, contents."""
    figure, _, code = field.partition(":")
    return figure, code


def fields_of(covers: OwnCovers) -> dict[str, Decimal]:
    """The fields of a booking that set these figures."""
    named = [(f"{LIMIT}{code}", own.limit) for code, own in covers.items()]
    named += [(f"{DEDUCTIBLE}{code}", own.deductible) for code, own in covers.items()]
    return {name: amount for name, amount in named if amount is not None}


def own_covers(values: Mapping[str, Any]) -> dict[str, OwnCover]:
    """What of the fields of a booking are figures of coverages: the reverse of `fields_of`, in order of the codes."""
    found: dict[str, dict[str, Decimal]] = {}
    for name, amount in values.items():
        if is_of_cover(name):
            figure, code = split_field(name)
            found.setdefault(code, {})[figure] = amount
    return {code: OwnCover(**found[code]) for code in sorted(found)}


def figures_for(code: str, covers: OwnCovers, limit: Decimal, deductible: Decimal) -> tuple[Decimal, Decimal]:
    """The limit and the deductible of a coverage: its own, or else the policy's, which are given."""
    own = covers.get(code, OwnCover())
    return (limit if own.limit is None else own.limit, deductible if own.deductible is None else own.deductible)

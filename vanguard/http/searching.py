"""Searching a list: which numbers and which people the text fits is asked first, each of one table, and then the list is read.

No index answers a condition that is joined by OR over several tables: PostgreSQL reads every row for one number. So a list names the ways
in which its rows are found. Where a way finds few, their keys stand in the condition; where it finds none, it is left out; and only where
it finds many does its plain condition stand there, of which the next rows are never far. Decision 0191 has the reasons.

Where the caller sees only the own rows no keys are asked for: they are looked for in the whole book, whoever asks, and the own rows are
few enough to look at each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vanguard.http.reads import Keys, Reading

# Keys that stand in a condition; of more, the rows themselves are looked at.
FEW = 2_000


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which rows of a list are found.

    `found`: the records that the text fits. `path`: the field that holds their keys in the list's rows ("pk", "policy_id"). `plain`: the
    same condition, on the list's rows. `through`: where the rows do not lead to those records, the ones between, by the keys of the found.
    """

    found: QuerySet[Any]
    path: str
    plain: Q
    through: Callable[[list[UUID]], QuerySet[Any]] | None = None


def searched[Rows: QuerySet[Any]](rows: Rows, ways: Sequence[Way]) -> Reading[Rows]:
    """Those of `rows` that are found in one of the ways, of which each costs a question; one that leads through others, two."""
    by_keys: dict[str, list[UUID]] = {}
    conditions = []
    for way in ways:
        keys = yield from _few(way)
        if keys is None:
            conditions.append(way.plain)
        elif keys:
            by_keys.setdefault(way.path, []).extend(keys)
    conditions += [Q(**{f"{path}__one_of": keys}) for path, keys in by_keys.items()]
    return rows.filter(reduce(or_, conditions)) if conditions else rows.none()


def searched_plainly[Rows: QuerySet[Any]](rows: Rows, ways: Sequence[Way]) -> Rows:
    """The same rows, where `rows` are few: each is looked at, and nothing else is asked."""
    return rows.filter(reduce(or_, (way.plain for way in ways)))


def _few(way: Way) -> Reading[list[UUID] | None]:
    """The keys to which the way leads; None where there are more than FEW."""
    keys = yield _up_to_few(way.found)
    if keys and way.through and len(keys) <= FEW:
        keys = yield _up_to_few(way.through(keys))
    return keys if len(keys) <= FEW else None


def _up_to_few(rows: QuerySet[Any]) -> Keys:
    return Keys(rows, "", 0, FEW + 1)

"""What belongs into a claim's folder when it goes to an examiner. Each subject says what it adds; who packs knows only these shapes."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from claims.models import Claim, ClaimTransition
from vanguard.accounts.models import User
from vanguard.documents.downloads import StoredDocument


@dataclass(frozen=True, slots=True)
class Occasion:
    """Of which claim, as it was known at `as_of`, and for whose eyes: None is the platform itself. The claim must not be saved.

    `steps` are those of the claim that were made by then.
    """

    claim: Claim
    as_of: datetime.datetime
    viewer: User | None
    steps: Sequence[ClaimTransition] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a CSV of its own, and a section of the claim's page. Cells are text, amounts, moments; None is an empty cell."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was put in, under a folder of the claim's."""

    folder: str
    document: StoredDocument


type Item = Sheet | Stored
type Contribution = Callable[[Occasion], Iterable[Item]]
_contributions: list[tuple[int, Contribution]] = []


def contribute(contribution: Contribution, *, order: int = 100) -> None:
    """Has `contribution` asked for each claim that is packed, in the order of `order`."""
    if all(each is not contribution for _, each in _contributions):
        _contributions.append((order, contribution))
        _contributions.sort(key=lambda each: each[0])


def items_of(occasion: Occasion) -> list[Item]:
    """All that is added to this claim's folder."""
    return [item for _, contribution in _contributions for item in contribution(occasion)]

"""Bookings that cannot both have their way. Which one has it is for a person to say."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from policies.terms.timeline import is_overridden
from policies.terms.transactions import FACTOR, Kind, Transaction, Value


@dataclass(frozen=True, slots=True)
class FieldClash:
    """A field that `number`, booked before, changes to `later` at `effective_at`, where the new booking would have `this`."""

    field: str
    number: int
    effective_at: datetime.datetime
    later: Value
    this: Value


def clashes(booked: Iterable[Transaction], new: Transaction) -> tuple[FieldClash, ...]:
    """The fields of `new` that something booked before changes to another value at a later moment, in order of that moment."""
    booked = sorted(booked, key=lambda transaction: (transaction.effective_at, transaction.number))
    return tuple(
        FieldClash(name, other.number, other.effective_at, other.changes[name], value)
        for other in booked
        for name, value in new.changes.items()
        if other.kind == Kind.ENDORSEMENT
        and other.effective_at > new.effective_at
        and name in other.changes
        and other.changes[name] != value
        and not is_overridden(other, name, booked)
    )


def mixes_premium_with_factors(booked: Iterable[Transaction], new: Transaction) -> bool:
    """Whether `new` sets a premium where rating factors make it, or a factor before a moment from which the premium was set.

    Either way it could not be told what the figure was meant to include.
    """
    endorsements = [other for other in booked if other.kind == Kind.ENDORSEMENT]
    sets_premium = "premium_amount" in new.changes
    sets_factor = any(name.startswith(FACTOR) for name in new.changes)
    rated = sets_premium and any(name.startswith(FACTOR) for other in endorsements for name in other.changes)
    backdated = sets_factor and any("premium_amount" in other.changes and other.effective_at > new.effective_at for other in endorsements)
    return rated or backdated or (sets_premium and sets_factor)

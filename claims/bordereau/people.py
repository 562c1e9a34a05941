"""Invented people. The bordereau names nobody; whoever it implies is made up here, the same person each time.

E-mail addresses end in a domain that can never exist (RFC 2606), and telephone numbers are of 555-01xx, kept free for fiction:
no letter and no call can ever reach somebody real. Nobody has a social security number.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from faker import Faker

DOMAIN = "invented.example"
SEED = 1944
_NOT_IN_ADDRESS = re.compile(r"[^a-z]")
_AREA_CODES = (212, 303, 312, 404, 415, 502, 503, 512, 515, 602, 614, 617, 702, 713, 801, 816, 901, 916, 919, 972)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first_name: str
    last_name: str
    email: str
    phone: str
    date_of_birth: date
    address: str


@dataclass(frozen=True, slots=True)
class Pools:
    """Parts that people are put together from: drawing from lists is a hundred times faster than asking Faker for each person."""

    first_names: list[str]
    last_names: list[str]
    streets: list[str]
    towns: list[str]


@cache
def pools() -> Pools:
    """The parts, the same in every process."""
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    states = [fake.state_abbr(include_territories=False, include_freely_associated_states=False) for _ in range(400)]
    return Pools(
        first_names=[fake.first_name() for _ in range(600)],
        last_names=[fake.last_name() for _ in range(900)],
        streets=[fake.street_name() for _ in range(1200)],
        towns=[f"{fake.city()}, {state} {fake.zipcode_in_state(state)}" for state in states],
    )


def invent(key: str, rng: Random, adult_by: date) -> Person:
    """A person between 21 and 70 years old on `adult_by`; `key` makes the e-mail address nobody else's."""
    parts = pools()
    first, last = rng.choice(parts.first_names), rng.choice(parts.last_names)
    return Person(
        first_name=first,
        last_name=last,
        email=f"{_letters(first)}.{_letters(last)}.{key}@{DOMAIN}",
        phone=f"+1 {rng.choice(_AREA_CODES)} 555 01{rng.randrange(100):02d}",
        date_of_birth=adult_by - timedelta(days=rng.randrange(21 * 366, 70 * 365)),
        address=f"{rng.randrange(1, 9900)} {rng.choice(parts.streets)}, {rng.choice(parts.towns)}",
    )


def _letters(name: str) -> str:
    return _NOT_IN_ADDRESS.sub("", name.lower())

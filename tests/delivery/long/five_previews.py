"""Requirement 6.4 at its size: five previews beside each other, each with the whole book: `make test-previews`.

The first one also makes what the others are copied from; each of these is to be there within a minute, on a machine with little else to do.
What was measured is printed.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.delivery.long.previews import Place, assert_nothing_is_left, made_in

NAMES = ("first", "second", "third", "fourth", "fifth")
BOOK_CLAIMS = 34_244
LIMIT_SECONDS = 60.0
Told = dict[str, float]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with made_in(tmp_path_factory.mktemp("five").resolve()) as made:
        yield made


@pytest.fixture(scope="module")
def five(place: Place) -> Told:
    """How long each took, from nothing to healthy and seeded."""
    return {name: seconds(place, "preview", name) for name in NAMES}


def seconds(place: Place, target: str, name: str) -> float:
    began, before = time.monotonic(), os.times()
    place.make(target, f"NAME={name}")
    lasted, after = time.monotonic() - began, os.times()
    computed = sum(after[2:4]) - sum(before[2:4])
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"\n{target} {name}: {lasted:.1f} s, {computed:.1f} s of computing; {waiting:.1f} processes wanted each processor")
    return lasted


def test_each_after_the_first_is_healthy_and_seeded_within_a_minute(place: Place, five: Told) -> None:
    for name in NAMES:
        health = httpx.get(f"{place.url(name)}/health", verify=place.trusting(name)).json()
        assert health["status"] == "healthy"
        with place.desk(name) as desk:
            assert desk.get("/claims")["total"] >= BOOK_CLAIMS
    assert {name: lasted for name, lasted in five.items() if name != NAMES[0] and lasted >= LIMIT_SECONDS} == {}


@pytest.mark.usefixtures("five")
def test_a_claim_filed_in_each_is_in_no_other(place: Place) -> None:
    desks = {name: place.desk(name) for name in NAMES}
    before = {name: desk.get("/claims")["total"] for name, desk in desks.items()}
    with ThreadPoolExecutor(len(NAMES)) as people:
        claims = dict(zip(NAMES, people.map(lambda name: desks[name].file_claim(), NAMES), strict=True))
    for name, desk in desks.items():
        found = {of for of, claim in claims.items() if desk.client.get(f"/claims/{claim['id']}").status_code == 200}
        assert found == {name}
        assert desk.get("/claims")["total"] == before[name] + 1
        desk.client.close()


@pytest.mark.usefixtures("five")
def test_of_all_that_were_removed_nothing_is_left(place: Place) -> None:
    were = {name: (place.record(name)["port"], place.record(name)["redis"]) for name in NAMES}
    took = sum(seconds(place, "preview-down", name) for name in NAMES)
    print(f"five removed: {took:.1f} s")
    for name, (port, number) in were.items():
        assert_nothing_is_left(place, name, port, number)
    assert "There are none." in place.make("previews").stdout

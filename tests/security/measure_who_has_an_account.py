"""S6: whether the time of an answer tells who has an account. Prints figures; nothing is asserted, since a busy machine moves them.

    python -m tests.security.measure_who_has_an_account [pairs]

In this process, on a database of its own, with the hashing of production. Pairs of requests, one for a known address and one for an
invented one, in an order by chance; what was counted is forgotten after each pair, so that no lock decides.
"""

import math
import os
import random
import statistics
import sys
import time
from typing import Any

import django

PAIRS = 500
# Of the normal distribution: one in a hundred on both sides, and four of five.
Z_WRONG, Z_SEEN = 2.576, 0.842
KNOWN, PASSWORD = "known@example.com", "Correct-horse-7!"
PATHS: dict[str, tuple[str, dict[str, str]]] = {
    "log-in": ("/api/auth/token", {"password": "not-the-password"}),
    "forgotten password": ("/api/auth/password/forgot", {}),
}


def seconds(client: Any, path: str, body: dict[str, str]) -> float:
    began = time.perf_counter()
    status = client.post(path, body, content_type="application/json").status_code
    if status not in (202, 401):
        raise SystemExit(f"{path} answered {status}")
    return time.perf_counter() - began


def measured(path: str, body: dict[str, str], pairs: int) -> dict[str, list[float]]:
    """The times for either."""
    from django.test import Client

    from vanguard.accounts.models import FailedLogIns, ResetRequests

    client = Client()
    times: dict[str, list[float]] = {"known": [], "invented": []}
    for _ in range(pairs):
        addresses = [("known", KNOWN), ("invented", f"nobody-{random.getrandbits(64):x}@example.com")]
        for name, email in random.sample(addresses, 2):
            times[name].append(seconds(client, path, body | {"email": email}))
        FailedLogIns.objects.all().delete()
        ResetRequests.objects.all().delete()
    return times


def told(times: dict[str, list[float]]) -> str:
    """The medians, their difference, and how far it is from chance (a permutation test on the pairs' differences).

    And which difference so many pairs would show in four cases of five, at a chance of one in a hundred to be wrong: what is smaller
    may be there, and nobody who asks as often would see it either.
    """
    differences = [known - invented for known, invented in zip(times["known"], times["invented"], strict=True)]
    seen = abs(statistics.fmean(differences))
    rounds = 2000
    beyond = sum(abs(statistics.fmean(each * random.choice((-1, 1)) for each in differences)) >= seen for _ in range(rounds))
    shows = (Z_WRONG + Z_SEEN) * statistics.stdev(differences) / math.sqrt(len(differences))
    medians = {name: statistics.median(each) * 1000 for name, each in times.items()}
    return (
        f"{len(differences)} pairs, median {medians['known']:.2f} ms for the known, {medians['invented']:.2f} ms for invented ones, "
        f"mean difference {statistics.fmean(differences) * 1000:+.2f} ms, p = {beyond / rounds:.4f}; "
        f"a difference of {shows * 1000:.2f} ms would show"
    )


def main(pairs: int) -> None:
    quiet = {"EMAIL_URL": "dummymail://", "LOG_LEVEL": "error"}
    for name, value in ({"ENVIRONMENT": "development", "DJANGO_SETTINGS_MODULE": "config.settings"} | quiet).items():
        os.environ.setdefault(name, value)
    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment, teardown_test_environment

    from vanguard.accounts.services import create_user

    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        create_user(None, email=KNOWN, password=PASSWORD)
        for name, (path, body) in PATHS.items():
            sys.stdout.write(f"{name}: {told(measured(path, body, pairs))}\n")
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
        teardown_test_environment()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)

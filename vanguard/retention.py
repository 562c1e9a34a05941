"""What is kept for a while only: each room says what it clears, one command does it all (`manage.py apply_retention`).

Each job may run twice, or on two machines.
"""

from collections.abc import Callable

_jobs: dict[str, Callable[[], int]] = {}


def add_job(name: str, job: Callable[[], int]) -> None:
    """`job` clears what is over and returns how many; `name` says of what, in the plural."""
    _jobs[name] = job


def jobs() -> dict[str, Callable[[], int]]:
    """All of them, in the order of registration."""
    return dict(_jobs)

"""Periodic work: each room says which of its commands somebody has to run again and again, and each run is noted.

The platform runs none of them by itself: cron, a timer or the cloud's scheduler does. So it has to say when one stays away, or fails.
Where there is no scheduler `manage.py run_jobs` does, and keeps up what is a process of its own besides.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

DAILY = datetime.timedelta(days=1)
MINUTES = datetime.timedelta(minutes=5)
# What a run may take, and a scheduler may be late, beyond half an interval.
PATIENCE = datetime.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Job:
    """A command, how often it is to be run, and what it is for. A run that succeeds is expected within `within`."""

    name: str
    every: datetime.timedelta
    purpose: str

    @property
    def within(self) -> datetime.timedelta:
        return self.every * 1.5 + PATIENCE


_jobs: dict[str, Job] = {}


def expect(name: str, every: datetime.timedelta, purpose: str) -> None:
    """`name` is the command's, which is a vanguard.jobs.command.PeriodicCommand."""
    _jobs[name] = Job(name, every, purpose)


_kept_up: dict[str, tuple[str, ...]] = {}


def keep_up(name: str, *options: str) -> None:
    """`name` is a command that ends by itself, and with `options` goes on until it is stopped. Its own figures say when it is behind."""
    _kept_up[name] = options


def kept_up() -> Mapping[str, tuple[str, ...]]:
    """The options of each, by name."""
    return dict(sorted(_kept_up.items()))


def jobs() -> Mapping[str, Job]:
    """By name, all of them, in the order of their names."""
    return dict(sorted(_jobs.items()))

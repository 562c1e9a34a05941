"""Periodic work: each room says which of its commands somebody has to run again and again, and each run is noted.

The platform runs none of them by itself: cron, a timer or the cloud's scheduler does. So it has to say when one stays away, or fails.
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


@dataclass(frozen=True, slots=True)
class Staying:
    """A command that goes on until it is stopped, with its arguments."""

    name: str
    arguments: tuple[str, ...]


_jobs: dict[str, Job] = {}
_staying: dict[str, Staying] = {}


def expect(name: str, every: datetime.timedelta, purpose: str) -> None:
    """`name` is the command's, which is a vanguard.jobs.command.PeriodicCommand."""
    _jobs[name] = Job(name, every, purpose)


def stay(name: str, *arguments: str) -> None:
    """`manage.py name arguments` is to run all the time, once at least: what waits for it may not wait for a clock."""
    _staying[name] = Staying(name, arguments)


def staying() -> Mapping[str, Staying]:
    """By name, all commands that are to run all the time."""
    return dict(sorted(_staying.items()))


def jobs() -> Mapping[str, Job]:
    """By name, all of them, in the order of their names."""
    return dict(sorted(_jobs.items()))

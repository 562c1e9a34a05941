"""Limits and roles as they were at a moment: replayed from the audit trail, which has every change of them."""

import datetime
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from claims.models import AuthorityLimit
from vanguard.accounts.models import User
from vanguard.money import ZERO


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to `amount` for a role, a type of loss ("" for any) and a type of cost. Without an amount: no limit is set, so no authority."""

    role: str
    claim_type: str
    cost_type: str
    amount: Decimal | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.role, self.claim_type.lower(), self.cost_type


type Limits = Mapping[tuple[str, str, str], Decimal]


def with_candidates(limits: Limits, candidates: Iterable[Limit]) -> Limits:
    """The limits with some of them exchanged, added or taken away."""
    changed = dict(limits)
    for each in candidates:
        changed.pop(each.key, None)
        if each.amount is not None:
            changed[each.key] = each.amount
    return changed


def authority(limits: Limits, roles: Iterable[str], claim_type: str, cost_type: str) -> Decimal:
    """As claims.authority has it: a limit for the type beats the role's general one, and of several roles the highest counts."""
    found = (limits.get((role, claim_type.lower(), cost_type), limits.get((role, "", cost_type))) for role in roles)
    return max((amount for amount in found if amount is not None), default=ZERO)


@dataclass(slots=True)
class Story[State]:
    """The states of one thing, each from its moment on. Before the first one that one counts, where `from_the_start`."""

    moments: list[datetime.datetime] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    from_the_start: bool = True

    def add(self, moment: datetime.datetime, state: State) -> None:
        self.moments.append(moment)
        self.states.append(state)

    def at(self, moment: datetime.datetime) -> State | None:
        place = bisect_right(self.moments, moment)
        if place:
            return self.states[place - 1]
        return self.states[0] if self.states and self.from_the_start else None


def _entries(model: type[Any]) -> Iterable[LogEntry]:
    kind = ContentType.objects.get_for_model(model)
    return LogEntry.objects.filter(content_type=kind).exclude(action=LogEntry.Action.ACCESS).order_by("timestamp", "id").iterator()


class LimitsThen:
    """Every limit's story. What the platform itself set up counts from the beginning; a limit of which the trail knows nothing, always."""

    def __init__(self, roles: Mapping[str, str]) -> None:
        self.roles = roles
        self.stories: dict[str, Story[dict[str, str] | None]] = {}
        for entry in _entries(AuthorityLimit):
            self._follow(entry)
        self.untold = [each for each in AuthorityLimit.objects.all() if str(each.pk) not in self.stories]

    def at(self, moment: datetime.datetime) -> Limits:
        """By role's name, type of loss in lower case, and type of cost."""
        rows = [row for story in self.stories.values() if (row := story.at(moment))]
        found = {(self.roles.get(row["role"], ""), row["claim_type"].lower(), row["cost_type"]): Decimal(row["amount"]) for row in rows}
        return found | {
            (self.roles.get(str(each.role_id), ""), each.claim_type.lower(), each.cost_type): each.amount for each in self.untold
        }

    def _follow(self, entry: LogEntry) -> None:
        story = self.stories.setdefault(entry.object_pk, Story(from_the_start=entry.actor_id is None))
        if entry.action == LogEntry.Action.DELETE:
            story.add(entry.timestamp, None)
            return
        before = story.states[-1] or {} if story.states else {"claim_type": ""}
        now = {name: str(pair[1]) for name, pair in (entry.changes or {}).items() if isinstance(pair, list)}
        if {"role", "cost_type", "amount"} <= (row := before | now).keys():
            story.add(entry.timestamp, row)


class RolesThen:
    """Everybody's roles. Before the first that the trail knows of somebody that one counts: a decision needs some role."""

    def __init__(self) -> None:
        self.stories: dict[str, Story[frozenset[str]]] = defaultdict(Story)
        for entry in _entries(User):
            change = (entry.changes or {}).get("groups")
            if isinstance(change, dict):
                self._follow(self.stories[entry.object_pk], entry.timestamp, change)
        groups = User.objects.filter(groups__isnull=False).values_list("pk", "groups__name")
        self.now: dict[str, set[str]] = defaultdict(set)
        for pk, name in groups:
            self.now[str(pk)].add(name)

    def at(self, user: UUID, moment: datetime.datetime) -> frozenset[str]:
        """The names of the roles."""
        known = self.stories[str(user)].at(moment) if str(user) in self.stories else None
        return frozenset(self.now[str(user)]) if known is None else known

    def _follow(self, story: Story[frozenset[str]], at: datetime.datetime, change: Mapping[str, Any]) -> None:
        before, names = story.states[-1] if story.states else frozenset(), frozenset(change.get("objects", ()))
        after = before | names if change.get("operation") == "add" else before - names
        if after or story.states:
            story.add(at, after)

"""Reads behind the worklist and the home page: saved views, their counts, search, and today's figures. Nothing here writes."""

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Model, Prefetch, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from claims.clocks.reading import with_running_clocks
from claims.diary.models import DiaryEntry
from claims.intake.models import WEIGHTS, ClaimLink, Queue, Triage
from claims.models import Claim, ClaimPayment, ClaimQuerySet, Stage, Status
from customers.models import FEW, Customer
from policies.models import Policy
from policies.reading import insured, is_number, numbered
from vanguard.accounts.models import User
from vanguard.money import ZERO
from vanguard.querysets import few
from vanguard.text import longest, search_words

# Older than so many days since the report, up to so many; None is without end.
AGES: tuple[tuple[str, int, int | None], ...] = (
    ("0–7", 0, 8),
    ("8–14", 8, 15),
    ("15–30", 15, 31),
    ("31–60", 31, 61),
    ("61–90", 61, 91),
    ("over 90", 91, None),
)
CLAIM_TYPES = ("dwelling", "water_damage", "fire", "wind", "hail", "theft", "liability", "collision", "property_damage", "glass")
IN_LISTS = ("policy__customer", "assignee", "proposed_by", "triage")


@dataclass(frozen=True, slots=True)
class Moments:
    """The edges of today and of the days around it, where the person is."""

    now: datetime.datetime
    tomorrow: datetime.datetime
    in_a_week: datetime.datetime
    day: datetime.datetime
    month: datetime.datetime


def moments() -> Moments:
    """The edges as of now, in the active time zone."""
    now = timezone.now()
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    days = datetime.timedelta
    return Moments(now, day + days(days=1), day + days(days=8), day, day.replace(day=1))


def due(kind: str, at: Moments) -> Q:
    """Late, due today, or due within seven days (today included, late not)."""
    return {
        "late": Q(due_at__lt=at.now),
        "today": Q(due_at__gte=at.now, due_at__lt=at.tomorrow),
        "week": Q(due_at__gte=at.now, due_at__lt=at.in_a_week),
    }[kind]


def in_view(view: str, user: User, at: Moments) -> Q:
    """Which claims a saved view holds. Counts, tabs and rows all ask here, so that they cannot differ."""
    is_open = Q(closed_at=None)
    return {
        "mine": is_open & Q(assignee=user),
        "approve": is_open & (_asked_of(user) & ~Q(first_decided_by=user) | _appealed_to(user)),
        "proposed": is_open & Q(stage=Stage.AWAITING_APPROVAL, proposed_by=user),
        "unassigned": is_open & Q(assignee=None),
        "late": is_open & due("late", at),
        "unpaid": is_open & Q(status=Status.APPROVED, approved_amount__gt=F("paid_amount")),
        "team": is_open,
        "all": Q(),
    }[view]


def _asked_of(user: User) -> Q:
    """A second person is asked for, by somebody else."""
    return Q(stage=Stage.AWAITING_APPROVAL) & ~Q(proposed_by=user)


def _appealed_to(user: User) -> Q:
    """An appeal that `user` may decide: it is theirs, or nobody's yet, and they did not make the decision that is appealed."""
    return Q(stage=Stage.APPEAL) & (Q(assignee=None) | Q(assignee=user)) & ~Q(first_decided_by=user)


def counts(user: User, at: Moments) -> dict[str, Any]:
    """How many claims each view holds ("all" is not counted), and the figures about them: one query over the open claims, one over appeals.

    The first looks at nothing but what an index holds, and who decided first is not in it: the second, over few rows, puts that right.
    """
    views = ("mine", "proposed", "unassigned", "late", "unpaid", "team")
    asked = Q(closed_at=None) & _asked_of(user)
    holds = {view: in_view(view, user, at) for view in views} | {"approve": asked}
    mine = {f"mine_{kind}": holds["mine"] & due(kind, at) for kind in ("late", "today", "week")}
    team = {f"team_{kind}": due(kind, at) for kind in ("today", "week")}
    sums = {
        "approve_sum": Sum("proposed_amount", filter=holds["approve"]),
        "unpaid_sum": Sum(F("approved_amount") - F("paid_amount"), filter=holds["unpaid"]),
        "mine_claimed": Sum("claim_amount", filter=holds["mine"]),
        "team_claimed": Sum("claim_amount"),
        "owners": Count("assignee", distinct=True),
    }
    figures = {name: Count("pk", filter=condition) for name, condition in (holds | mine | team).items()}
    found = {name: ZERO if value is None else value for name, value in Claim.objects.open().aggregate(**figures, **sums).items()}
    more, less, less_sum = _appeals(user)
    return found | {"approve": found["approve"] + more - less, "approve_sum": found["approve_sum"] - less_sum}


def _appeals(user: User) -> tuple[int, int, Decimal]:
    """How many appeals are for `user` to decide; how many second approvals are not, of their own first decisions, and their sum."""
    theirs, own = _appealed_to(user), _asked_of(user) & Q(first_decided_by=user)
    rows = Claim.objects.open().filter(theirs | own)
    found = rows.aggregate(more=Count("pk", filter=theirs), less=Count("pk", filter=own), sum=Sum("proposed_amount", filter=own))
    return found["more"], found["less"], found["sum"] or ZERO


def held(view: str, user: User, at: Moments) -> int:
    """How many claims one view holds."""
    return Claim.objects.filter(in_view(view, user, at)).count()


def decided_since(moment: datetime.datetime, owner: User | None = None) -> ClaimQuerySet:
    """Claims decided since `moment`, of one owner or of all."""
    rows = Claim.objects.filter(processed_date__gte=moment)
    return rows.filter(assignee=owner) if owner else rows


def paid_since(moment: datetime.datetime) -> tuple[int, Decimal]:
    """How many payments left us since `moment`, and how much."""
    found = ClaimPayment.objects.filter(paid_at__gte=moment).aggregate(number=Count("pk"), total=Sum("amount"))
    return found["number"], found["total"] or ZERO


def queue(view: str, user: User, at: Moments, limit: int, *, why_now: bool = False) -> list[Claim]:
    """The first rows of a view, the nearest deadline first; each with what is still `to_pay` on it, and with what says `why_now`."""
    rows = Claim.objects.filter(in_view(view, user, at)).annotate(to_pay=F("approved_amount") - F("paid_amount"))
    shown = with_why_now(for_lists(rows)) if why_now else for_lists(rows)
    return list(shown.order_by("due_at", "id")[:limit])


def for_lists(rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """With all that a row shows, and without the personal data that it does not: each value would be decrypted."""
    personal = [f"policy__customer__{name}" for name in Customer.PERSONAL]
    return rows.select_related(*IN_LISTS).defer("description", *personal)


def with_why_now(rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """Each with its running clocks, what its diary has for today, and the claims of which it seems to be a second filing. Three queries
    more."""
    return with_diary(rows.prefetch_related(with_running_clocks(), with_undecided()))


def with_undecided() -> Prefetch:
    """Of each claim the links on which a person has yet to say whether it is the same loss as another, as `undecided`."""
    links = ClaimLink.objects.filter(kind=ClaimLink.Kind.LOOKS_ALIKE).select_related("earlier")
    return Prefetch("earlier_links", links.only("later", "kind", "at", "earlier__claim_number"), to_attr="undecided")


def with_diary(rows: QuerySet[Claim]) -> QuerySet[Claim]:
    """Each with what its diary has for today, or late, as `pressing`. One query more."""
    return rows.prefetch_related(Prefetch("diary", DiaryEntry.objects.pressing(timezone.localdate()), to_attr="pressing"))


def diary_for_lists(rows: QuerySet[DiaryEntry]) -> QuerySet[DiaryEntry]:
    """With all that a row of the diary shows, and without the personal data that it does not."""
    personal = [f"claim__policy__customer__{name}" for name in Customer.PERSONAL]
    return rows.select_related("claim__policy__customer", "claim__assignee", "owner", "made_by").defer("claim__description", *personal)


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """One queue's open claims: all, those that nobody owns, those that are late, and what they weigh by severity."""

    queue: Queue
    open: int
    waiting: int
    late: int
    weight: int


def by_queue(at: Moments) -> list[QueueLoad]:
    """The active queues, and others in which something is open. Two queries."""
    weights = Case(*(When(severity=name, then=Value(weight)) for name, weight in WEIGHTS.items()), output_field=IntegerField())
    figures = {
        "open": Count("pk"),
        "waiting": Count("pk", filter=Q(claim__assignee=None)),
        "late": Count("pk", filter=Q(claim__due_at__lt=at.now)),
        "weight": Sum(weights),
    }
    rows = Triage.objects.filter(claim__closed_at=None, queue__isnull=False).order_by().values("queue").annotate(**figures)
    known = {row["queue"]: {name: int(row[name]) for name in figures} for row in rows}  # type: ignore[literal-required]  # as annotated
    nothing = dict.fromkeys(figures, 0)
    return [QueueLoad(queue, **known.get(queue.pk, nothing)) for queue in Queue.objects.all() if queue.active or queue.pk in known]


def by_age(rows: QuerySet[Claim], at: Moments) -> list[tuple[str, int]]:
    """How many of the claims were reported how long ago."""
    found = rows.aggregate(**{f"age{index}": Count("pk", filter=_older(low, high, at)) for index, (_, low, high) in enumerate(AGES)})
    return [(label, found[f"age{index}"]) for index, (label, _, _) in enumerate(AGES)]


def _older(low: int, high: int | None, at: Moments) -> Q:
    start = at.tomorrow - datetime.timedelta(days=low)
    age = Q(reported_date__lt=start)
    return age if high is None else age & Q(reported_date__gte=at.tomorrow - datetime.timedelta(days=high))


def by_deadline(rows: QuerySet[Claim], at: Moments) -> list[tuple[datetime.date | None, int]]:
    """How many of the claims are late (None), and due on each of the next seven days."""
    days = [(at.day + datetime.timedelta(days=ahead)) for ahead in range(8)]
    edges = {
        f"day{index}": Q(due_at__gte=max(start, at.now), due_at__lt=end) for index, (start, end) in enumerate(itertools.pairwise(days))
    }
    found = rows.aggregate(late=Count("pk", filter=due("late", at)), **{name: Count("pk", filter=edge) for name, edge in edges.items()})
    return [(None, found["late"]), *((day.date(), found[f"day{index}"]) for index, day in enumerate(days[:-1]))]


def reported_between(label: str, at: Moments) -> tuple[datetime.date | None, datetime.date]:
    """The first and last report date of an age, for the link to its rows."""
    low, high = next((low, high) for name, low, high in AGES if name == label)
    last = (at.day - datetime.timedelta(days=low)).date()
    return (at.day - datetime.timedelta(days=high - 1)).date() if high else None, last


def found[M: Model](rows: QuerySet[M], term: str, path: str = "") -> QuerySet[M]:
    """Claims by their number or their policy's (its start, or its last digits), else by the insured's name or e-mail.

    Also what belongs to such claims: `path` leads to them ("claim__").

    Asks first how many numbers or people fit: of a few the claims are fetched by keys, of many the list is gone along in its order.
    """
    words = search_words(term)
    if not words:
        return rows
    term = " ".join(words)
    if is_number(term):
        narrowed = rows.filter(_few_numbered(longest(words), path))
        for word in words:
            narrowed = narrowed.filter(_numbered(word, path))
        return narrowed
    by_name = insured(term, f"{path}policy__customer")
    # CLM- is the start of a number, and Smith-Jones is a name.
    if "-" in term and len(words) == 1:
        return rows.filter(by_name | (_few_numbered(term, path) or _numbered(term, path)))
    return rows.filter(by_name)


def _numbered(word: str, path: str) -> Q:
    return numbered(word, f"{path}claim_number") | numbered(word, f"{path}policy__policy_number")


def _few_numbered(word: str, path: str) -> Q:
    """The same claims by their keys and their policies', where few numbers fit: two indexes answer. Empty where many do."""
    claims = few(Claim.objects.filter(numbered(word, "claim_number")), FEW)
    policies = few(Policy.objects.filter(numbered(word, "policy_number")), FEW)
    return Q() if claims is None or policies is None else Q(**{f"{path}pk__in": claims}) | Q(**{f"{path}policy__in": policies})


def policies_to_pick(term: str, limit: int) -> Sequence[Policy]:
    """Policies for a first notice, by number or by the insured."""
    words = " ".join(search_words(term))
    by_number = any(character.isdigit() for character in words)
    rows = Policy.objects.filter(numbered(words, "policy_number") if by_number else insured(words, "customer"))
    return list(rows.select_related("customer").defer(*(f"customer__{name}" for name in Customer.PERSONAL)).order_by("-end_date")[:limit])

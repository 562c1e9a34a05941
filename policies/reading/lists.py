"""Reads behind the policy lists: saved views, search, figures."""

import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from customers.models import FEW, Customer, named
from policies.models import EndorsementRequest, Policy
from policies.models.policy import in_force, lapsed
from vanguard.accounts.models import User
from vanguard.querysets import COUNTED, Bounded, count_up_to, few
from vanguard.text import longest, search_words

SOON = datetime.timedelta(days=30)
# What a person looks at to see whether something is to do; each is counted on its tab.
COUNTED_VIEWS = ("force", "starting", "ending", "grace", "waiting", "cancelled")


def in_view(view: str, now: datetime.datetime) -> Q:
    """Which policies a saved view holds. Counts, tabs and rows all ask here.

    "ending" is what somebody has to decide on: a policy that is renewed already is not in it. "grace" is covered, and ends unless it is
    paid; "waiting" has a change that a second person is to approve.
    """
    covers, not_lapsed = in_force(now), Q(lapses_at=None) | Q(lapses_at__gt=now)
    renewed = Exists(Policy.objects.exclude(status=Policy.Status.CANCELLED).filter(renews=OuterRef("pk")))
    asked = EndorsementRequest.objects.filter(outcome=EndorsementRequest.Outcome.WAITING)
    return {
        "force": covers,
        # The term before it may have lapsed, and it along.
        "starting": Q(start_date__gt=now, start_date__lte=now + SOON, cancelled_at=None) & not_lapsed,
        "ending": covers & Q(end_date__lte=now + SOON) & Q(~renewed),
        "grace": covers & Q(lapses_at__gt=now),
        "waiting": Q(pk__in=asked.values("policy")),
        "cancelled": Q(status=Policy.Status.CANCELLED) | lapsed(now),
        "all": Q(),
    }[view]


def counts(now: datetime.datetime) -> dict[str, Bounded]:
    """How many policies each view holds, counted up to COUNTED; "all" is not counted."""
    return {view: count_up_to(COUNTED, Policy.objects.filter(in_view(view, now))) for view in COUNTED_VIEWS}


def waiting_for(user: User) -> int:
    """How many changes of policies this person can decide on: those that somebody else has asked for. Who may not approve has none."""
    if not user.has_perm("policies.approve_endorsement"):
        return 0
    asked = EndorsementRequest.objects.filter(outcome=EndorsementRequest.Outcome.WAITING)
    return asked.exclude(requested_by=user).exclude(policy__customer__user=user).count()


def for_lists(rows: QuerySet[Policy]) -> QuerySet[Policy]:
    """With all that a row shows, and without personal data: each value would be decrypted."""
    return rows.select_related("customer").defer(*(f"customer__{name}" for name in Customer.PERSONAL))


def numbered(word: str, field: str) -> Q:
    """The number in `field` begins with the word; digits alone are its last ones."""
    return Q(**{f"{field}__{'ends' if word.isdigit() else 'istartswith'}": word})


def is_number(term: str) -> bool:
    """Whether a search is for a number, and not for a name or an e-mail."""
    return any(character.isdigit() for character in term) and "@" not in term


def found(rows: QuerySet[Policy], term: str) -> QuerySet[Policy]:
    """Policies by number (its start, or its last digits), else by the customer's name or e-mail.

    Asks first how many numbers or people fit: a few are fetched by their keys, for many the list is gone along in its order.
    """
    words = search_words(term)
    term = " ".join(words)
    if is_number(term):
        keys = few(Policy.objects.filter(numbered(longest(words), "policy_number")), FEW)
        rows = rows if keys is None else rows.filter(pk__in=keys)
        for word in words:
            rows = rows.filter(numbered(word, "policy_number"))
        return rows
    return rows.filter(insured(term, "customer")) if words else rows


def insured(term: str, path: str) -> Q:
    """Whose customer, to whom `path` leads, is called so: by the keys where few are, else by looking at each row's."""
    keys = few(Customer.objects.matching(term), FEW)
    return named(term, f"{path}__") if keys is None else Q(**{f"{path}__in": keys})


def first(view: str, limit: int) -> list[Policy]:
    """The policies of a view that come first in time."""
    order = {"starting": "start_date", "grace": "lapses_at"}.get(view, "end_date")
    return list(for_lists(Policy.objects.filter(in_view(view, timezone.now()))).order_by(order, "id")[:limit])

"""On which losses somebody claims: a customer, on the own policies and on others', or a claimant who is none, told by digests.

One at a time for the page of a claim with few claimants, and at once for one with many, or for the many claims of a rehearsal; both say
the same.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from claims.models import Claim
from claims.parties.models import Claimant
from policies.models import Policy

# Losses of one person that are looked back at; nobody needs more to be noticed.
MOST = 100


def claims_of(customer: UUID) -> Q:
    """The claims on the customer's policies, and those on which the customer claims. Asks for keys first, which are few: no index answers
    a condition that is joined by OR over two tables."""
    claimed = list(Claimant.objects.open().filter(customer=customer).order_by().values_list("claim", flat=True))
    if not claimed:
        return Q(policy__customer=customer)
    return Q(policy__in=list(Policy.objects.filter(customer=customer).order_by().values_list("pk", flat=True))) | Q(pk__in=claimed)


def other_claims(claim: Claim, claimant: Claimant) -> tuple[datetime.datetime, ...]:
    """The losses on which the same person claims: the same customer, or the same e-mail address or phone. At most four queries."""
    if claimant.customer_id is not None:
        theirs = claims_of(claimant.customer_id)
    else:
        marks = {"email_hash": claimant.email_hash, "phone_hash": claimant.phone_hash, "customer__phone_hash": claimant.phone_hash}
        ways = [Claimant.objects.open().filter(**{name: mark}).order_by() for name, mark in marks.items() if mark]
        if not ways:
            return ()
        theirs = Q(pk__in={key for way in ways for key in way.values_list("claim", flat=True)})
    rows = Claim.objects.filter(theirs, incident_date__lte=claim.incident_date).exclude(pk=claim.pk).order_by("-incident_date")
    return tuple(rows.values_list("incident_date", flat=True)[:MOST])


class _Loss(NamedTuple):
    """What is counted of a claim."""

    incident: datetime.datetime
    reported: datetime.datetime


type _Losses = dict[UUID, _Loss]


class Claimed:
    """The same for many claims, each as of its report: of other losses those that were reported by then. Six queries, however many.

    `as_of_report` False: of all losses that are known by now.
    """

    def __init__(self, claims: Sequence[Claim], *, as_of_report: bool = True) -> None:
        """`claims` are read with their policies."""
        self.as_of_report = as_of_report
        self.claimants: dict[UUID, list[Claimant]] = defaultdict(list)
        insured = {claim.pk: claim.policy.customer_id for claim in claims}
        for each in Claimant.objects.filter(claim__in=insured).only("claim", "customer", "email_hash", "phone_hash"):
            if each.customer_id != insured[each.claim_id]:
                self.claimants[each.claim_id].append(each)
        named = [each for rows in self.claimants.values() for each in rows]
        self.customers = _of_customers({*insured.values(), *(each.customer_id for each in named if each.customer_id)})
        phones = {each.phone_hash for each in named} - {""}
        self.marked = {
            "email_hash": _marked("email_hash", {each.email_hash for each in named} - {""}),
            "phone_hash": _marked("phone_hash", phones),
            "customer__phone_hash": _marked("customer__phone_hash", phones),
        }

    def by_customer(self, claim: Claim, customer: UUID) -> tuple[datetime.datetime, ...]:
        """The other losses of the customer, the latest first."""
        return self._before(claim, self.customers.get(customer, {}))

    def by_claimants(self, claim: Claim) -> tuple[tuple[datetime.datetime, ...], ...]:
        """For each claimant who is not the insured, the other losses on which they claim."""
        return tuple(self._before(claim, self._losses_of(each)) for each in self.claimants[claim.pk])

    def _before(self, claim: Claim, losses: _Losses) -> tuple[datetime.datetime, ...]:
        """The moments of those before the claim's, of which it was known in time, the latest first."""
        others = (loss for key, loss in losses.items() if key != claim.pk and loss.incident <= claim.incident_date)
        known = (loss.incident for loss in others if not self.as_of_report or loss.reported <= claim.reported_date)
        return tuple(islice(sorted(known, reverse=True), MOST))

    def _losses_of(self, claimant: Claimant) -> _Losses:
        if claimant.customer_id is not None:
            return self.customers.get(claimant.customer_id, {})
        marks = {"email_hash": claimant.email_hash, "phone_hash": claimant.phone_hash, "customer__phone_hash": claimant.phone_hash}
        found: _Losses = {}
        for name, mark in marks.items():
            found |= self.marked[name].get(mark, {})
        return found


def _of_customers(customers: Iterable[UUID]) -> Mapping[UUID, _Losses]:
    """By customer, the losses on the own policies, and those on which the customer claims. Two queries."""
    keys, found = list(customers), defaultdict[UUID, _Losses](dict)
    own = Claim.objects.filter(policy__customer__in=keys).order_by()
    for customer, key, *loss in own.values_list("policy__customer", "pk", "incident_date", "reported_date"):
        found[customer][key] = _Loss(*loss)
    for customer, losses in _marked("customer", keys).items():
        found[customer] |= losses
    return found


def _marked[Mark](name: str, marks: Iterable[Mark]) -> Mapping[Mark, _Losses]:
    """By mark, the losses on which somebody claims who has it in this column. One query; none without marks."""
    found: dict[Mark, _Losses] = defaultdict(dict)
    if not (wanted := list(marks)):
        return found
    rows = Claimant.objects.open().filter(**{f"{name}__in": wanted}).order_by()
    if name in Claimant.DIGESTS:
        # Its index leaves out those without one, and of a long list PostgreSQL does not see that they are not asked for.
        rows = rows.exclude(**{name: ""})
    for mark, key, *loss in rows.values_list(name, "claim", "claim__incident_date", "claim__reported_date"):
        found[mark][key] = _Loss(*loss)
    return found

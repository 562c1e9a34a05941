"""What happens when nobody pays: notice, grace, and cover that ends. Done by a periodic command, as often and by as many as like.

Nothing that is computed waits for it: an invoice is past due once the day on which it is due is over, and cover ends at the instant
that a notice names (Policy.lapses_at), booked or not. Each account is one transaction under the policy's lock and then the account's
(the order of a premium booking), and decided anew under them, so that a second worker finds nothing left to do.
"""

import datetime
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from policies.billing.events import NoticeGiven, NoticeGiving
from policies.billing.models import BillingAccount, GracePeriod, Invoice, InvoiceLine, Kind, Notice
from policies.billing.rules import lapse_of
from policies.billing.services.lapsing import align, ended_before, tell_policy
from policies.billing.services.ledger import locked_account
from policies.models import Policy
from policies.services import book_lapse
from vanguard.accounts.zones import zone_of
from vanguard.audit import change, unit_of_work
from vanguard.errors import DomainError
from vanguard.events import consult, publish
from vanguard.querysets import locked

PREMIUM = (Kind.PREMIUM_CHARGE, Kind.ENDORSEMENT_CHARGE)
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Chased:
    """What one run did: policies by what was done to them. `held` are those whose notice or lapse a rule stands against, with its code."""

    noticed: list[UUID] = field(default_factory=list)
    lapsed: list[UUID] = field(default_factory=list)
    held: dict[UUID, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{len(self.noticed)} notices given, {len(self.lapsed)} policies lapsed, {len(self.held)} held."


def run_delinquency(now: datetime.datetime) -> Chased:
    """Give notice for what is past due, and end cover where the grace of an earlier notice has run out unpaid."""
    done = Chased()
    _each(_apart(), _align, now, done.held)
    done.lapsed = _each(_run_out(now), _lapse, now, done.held)
    done.noticed = _each(_past_due(now), _give_notice, now, done.held)
    return done


def _each(
    policies: list[UUID], step: Callable[[UUID, datetime.datetime], bool], now: datetime.datetime, held: dict[UUID, str]
) -> list[UUID]:
    """Those to which `step` was done."""
    done = []
    for policy_id in policies:
        try:
            if step(policy_id, now):
                done.append(policy_id)
        except DomainError as refused:
            # A person has to look at it (a claim after the lapse was approved, a letter that cannot be set); the others do not wait.
            logger.warning("Policy %s is held: %s", policy_id, refused.code)
            held[policy_id] = refused.code
    return done


def grace_of(policy_type: str) -> GracePeriod:
    """The row of the policy's type, or else the general one; the first values are those of the model."""
    rows = GracePeriod.objects.filter(Q(policy_type="") | Q(policy_type__iexact=policy_type)).order_by("policy_type")
    return rows.last() or GracePeriod()


def _apart() -> list[UUID]:
    """Whose policy says otherwise than the notice, or than the term before it, when cover ends: an earlier release, which ran beside
    this one, wrote only notices."""
    standing = Notice.objects.filter(paid_at=None, lapsed_at=None)
    the_same = Exists(standing.filter(account__policy=OuterRef("pk"), lapses_at=OuterRef("lapses_at")))
    along = Q(renews__lapses_at__lt=F("renews__end_date"))
    as_prior = Exists(Policy.objects.filter(along, pk=OuterRef("pk"), renews__lapses_at=F("lapses_at")))
    told = Policy.objects.filter(~the_same, ~as_prior, lapses_at__isnull=False).order_by("id").values_list("pk", flat=True)
    of_policy = Q(account__policy__lapses_at=None) | Q(account__policy__cancelled_at__lte=F("lapses_at"))
    untold = standing.filter(of_policy).order_by("id").values_list("account__policy_id", flat=True)
    # Its own notice does not make it agree: the instant of the term before goes before that.
    renewals = Policy.objects.filter(along).exclude(lapses_at=F("renews__lapses_at")).order_by("start_date", "id")
    return [*told, *untold, *renewals.values_list("pk", flat=True)]


def _align(policy_id: UUID, now: datetime.datetime) -> bool:
    with unit_of_work(None):
        policy = locked(Policy.objects.all(), policy_id)
        account = BillingAccount.objects.select_for_update().filter(policy=policy).first()
        if account is not None:
            account.policy = policy
        align(policy, account, now)
    return True


def _past_due(now: datetime.datetime) -> list[UUID]:
    live = Notice.objects.filter(paid_at=None, lapsed_at=None)
    accounts = BillingAccount.objects.filter(next_due_at__lte=now, policy__status=Policy.Status.ACTIVE, policy__end_date__gt=now)
    return list(accounts.exclude(pk__in=live.values("account")).order_by("next_due_at", "id").values_list("policy_id", flat=True))


def _run_out(now: datetime.datetime) -> list[UUID]:
    notices = Notice.objects.filter(paid_at=None, lapsed_at=None, lapses_at__lte=now)
    return list(notices.order_by("lapses_at", "id").values_list("account__policy_id", flat=True))


def _give_notice(policy_id: UUID, now: datetime.datetime) -> bool:
    """One live notice an account, for its oldest open invoice, with its letter. False where there is nothing (left) to give notice of."""
    with unit_of_work(None):
        policy = locked(Policy.objects.all(), policy_id)
        account = locked_account(policy_id=policy_id)
        oldest, grace = _unpaid_instalments(account).first(), grace_of(policy.policy_type)
        if oldest is None or oldest.due_at + datetime.timedelta(days=grace.notice_after_days) > now or not _is_running(policy, now):
            return False
        if account.notices.filter(paid_at=None, lapsed_at=None).exists():
            return False
        lapses_at = lapse_of(now, grace.grace_days, policy.start_date, zone_of(policy))
        Notice.objects.create(account=account, invoice=oldest, amount=oldest.open_amount, given_at=now, lapses_at=lapses_at)
        tell_policy(policy, lapses_at)
        consult(NoticeGiving(policy.pk))
        publish(NoticeGiven(policy.pk, oldest.invoice_number, oldest.open_amount, lapses_at.isoformat()))
        return True


def _unpaid_instalments(account: BillingAccount) -> QuerySet[Invoice]:
    """The oldest first. Cover ends for premium that is not paid; a fee alone is owed, and ends nothing."""
    of_premium = InvoiceLine.objects.filter(invoice=OuterRef("pk"), entry__kind__in=PREMIUM)
    return account.invoices.open().filter(Exists(of_premium)).order_by("due_at", "invoice_number")


def _lapse(policy_id: UUID, now: datetime.datetime) -> bool:
    """Book that cover ended at the instant that the notice named. False where it was paid in time, or had ended before."""
    with unit_of_work(None):
        policy = locked(Policy.objects.all(), policy_id)
        account = locked_account(policy_id=policy_id)
        notice = account.notices.filter(paid_at=None, lapsed_at=None).first()
        if notice is None or not notice.is_run_out_at(now):
            return False
        change(notice, lapsed_at=now)
        # However late this comes, and whatever was booked meanwhile for a later moment.
        lapses = not ended_before(policy, notice.lapses_at)
        if lapses:
            book_lapse(policy, notice.lapses_at)
        tell_policy(policy, None)
        return lapses


def _is_running(policy: Policy, moment: datetime.datetime) -> bool:
    """Whether there is cover to end: not cancelled, not lapsed along with the term before it, and the term goes on beyond `moment`."""
    return policy.status == Policy.Status.ACTIVE and policy.end_date > moment and policy.lapsed_from(moment) > moment

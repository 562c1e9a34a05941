"""The commands on a claim's money: reserves, payments and their life, recoveries. Whether one may be given is the service's to say."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms

from claims import services
from claims.admin.commands import ClaimCommand, interest
from claims.admin.money_forms import ChosenPaymentForm, PayForm, RecoveryForm, ReserveForm, ReverseRecoveryForm, TakeBackForm
from claims.admin.proof import running
from claims.authority import authority_of
from claims.models import Claim, ClaimPayment, CostType, EntryKind, LedgerEntry, PaymentStatus, Status
from claims.models.payments import COMMITTED, NOT_YET_OUT
from claims.rules import is_payee
from policies.reading import coverages_of, promise_for
from vanguard.accounts.models import User
from vanguard.money import ZERO, dollars
from vanguard.workbench.dates import long_day
from vanguard.workbench.forms import RecordForm


class OnACoverage(ClaimCommand):
    """A command on one line of the ledger: the coverage that answers the loss, unless another of the policy is chosen."""

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        field, names = form.fields["coverage"], coverages_of(record.policy)
        if len(names) < 2:  # there is nothing to choose
            del form.fields["coverage"]
        elif isinstance(field, forms.ChoiceField):
            field.choices = list(names.items())
            field.initial = promise_for(record.policy, record.claim_type).code


def sent_of(form: RecordForm, names: tuple[str, ...]) -> dict[str, Any]:
    """What was sent of these; what was left empty is the service's usual."""
    return {name: form.cleaned_data[name] for name in names if form.cleaned_data.get(name) not in (None, "")}


class SetReserve(OnACoverage):
    name, permission, lead = "reserve", "claims.reserve_claim", False
    form_class, template = ReserveForm, "claims/reserve_fields.html"

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open

    def label(self, actor: User, record: Claim) -> str:
        return "Change reserve…"

    def title(self, actor: User, record: Claim) -> str:
        return "Change what is set aside"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        names = coverages_of(record.policy)
        held = {(line.entry.coverage, line.entry.cost_type): line.outstanding for line in running(list(record.entries.all()), names)}
        words = [
            f"{dollars(outstanding)} for {cost}{f' under {names[code]}' if len(names) > 1 and code in names else ''}"
            for (code, cost), outstanding in sorted(held.items(), reverse=True)
            if outstanding
        ]
        return {"intro": f"Set aside now: {', '.join(words) or 'nothing'}. The difference is booked, and the ledger keeps both."}

    def preview(self, actor: User, record: Claim, form: RecordForm) -> dict[str, Any]:
        """A reserve needs nobody's approval; one beyond the own authority is as often a slip of the keyboard, and is asked about."""
        sent = form.cleaned_data
        beyond = _beyond(actor, record, sent["amount"], sent["cost_type"])
        asked = f"{sent['amount']} {sent['cost_type']} {sent.get('coverage', '')}".rstrip()
        if not beyond or not isinstance(form, ReserveForm) or sent["confirmed"] == asked:
            return {}
        form.show_again(asked)
        return {"beyond": beyond, "submit": f"Set aside ${dollars(sent['amount'])} all the same"}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        names = ("amount", "cost_type", "coverage", "reason", "version")
        return services.set_reserve(actor, record.pk, **sent_of(form, names))

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"${dollars((fresh or record).entries.all().balance().outstanding)} is outstanding on {record}."


class Pay(OnACoverage):
    """Ask for a payment; for who issues payments, pay."""

    name, permission, step_up = "pay", "claims.pay_claim", True
    form_class = PayForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and (record.status == Status.APPROVED or record.status == Status.PROCESSING)

    def whose(self, actor: User, record: Claim) -> str:
        return "" if actor.has_perm("claims.issue_payment") else super().whose(actor, record)

    def label(self, actor: User, record: Claim) -> str:
        left = _left(record)
        what = f"${dollars(left)}" if left else "costs"
        return f"Pay {what}…" if actor.has_perm("claims.issue_payment") else f"Request payment of {what}…"

    def title(self, actor: User, record: Claim) -> str:
        return "Pay" if actor.has_perm("claims.issue_payment") else "Request a payment"

    def submit(self, actor: User, record: Claim) -> str:
        """The amount is the field's: it may be another one than all that is left."""
        return "Pay this amount" if actor.has_perm("claims.issue_payment") else "Request this payment"

    def initial(self, actor: User, record: Claim) -> dict[str, Any]:
        left = _left(record)
        cost = CostType.INDEMNITY if left else CostType.EXPENSE
        return {"amount": left or None, "payee": record.policy.customer.full_name if left else "", "cost_type": cost}

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        out = actor.has_perm("claims.issue_payment")
        after = "It is issued at once." if out else "Within your authority it is approved at once; Finance issues it."
        if out and not actor.has_perm("claims.approve_claim"):
            after = "To the insured it is issued at once; another payee, or an account, is approved by a second person first."
        return {"intro": f"{dollars(_left(record))} is approved and neither paid nor asked for. {after}"}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        names = ("amount", "payee", "cost_type", "coverage", "routing_number", "account_number", "version")
        return services.pay_claim(actor, record.pk, **sent_of(form, names))

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        payment = record.payments.model.objects.filter(claim=record.pk, amount__gt=0).order_by("-created_at", "-id")[0]
        words = {"issued": "is issued", "approved": "is approved; Finance issues it", "requested": "waits for a second person"}
        why = f" {payment.waits_for}" if payment.status == PaymentStatus.REQUESTED else ""
        return f"${dollars(payment.amount)} to {payment.payee} {words[payment.status]}.{why}"


class PaymentCommand(ClaimCommand):
    """A step of one payment out of those that it fits."""

    lead = False
    form_class: ClassVar[type[RecordForm]] = ChosenPaymentForm
    words: ClassVar[str]
    done_words: ClassVar[str]
    statuses: ClassVar[tuple[str, ...]]
    service: ClassVar[Callable[..., Claim]]

    def fits(self, actor: User, record: Claim) -> list[ClaimPayment]:
        """The payments that can take this step."""
        return [payment for payment in record.payments.all() if payment.status in self.statuses]

    def offered(self, actor: User, record: Claim) -> bool:
        return bool(self.fits(actor, record))

    def whose(self, actor: User, record: Claim) -> str:
        """Whosever claim it is; but nobody has a hand in a payment to themselves."""
        found = self.fits(actor, record)
        if found and all(is_payee(payment.payee, actor) for payment in found):
            return "You are the payee, so another person handles this payment."
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return f"{self.words}…"

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        field = form.fields["payment"]
        # What a first click has moved on stays a choice, so that the second is told so by the service.
        found = [each for each in record.payments.all() if each.amount > ZERO] if form.is_bound else self.fits(actor, record)
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(each.pk), f"${dollars(each.amount)} to {_receiver(record, each)}") for each in found]

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        reason = {"reason": sent["reason"]} if "reason" in sent else {}
        return type(self).service(actor, UUID(sent["payment"]), version=sent["version"], **reason)

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The payment is {self.done_words}."


class ApprovePayment(PaymentCommand):
    name, permission, lead, step_up = "approve-payment", "claims.approve_payment", True, True
    words, done_words = "Approve a payment", "approved; Finance issues it"
    statuses, service = (PaymentStatus.REQUESTED,), staticmethod(services.approve_payment)

    def why_not(self, actor: User, record: Claim) -> str:
        if why := interest(actor, record):
            return why
        if all(each.requested_by_id == actor.pk for each in self.fits(actor, record)):
            return "You asked for this payment yourself, so a second person approves it."
        return ""

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        why = " ".join(each.waits_for for each in self.fits(actor, record))
        return {"intro": f"{why} You approve amount, payee, account and coverage as they stand; none of them can be edited later."}


class IssuePayment(PaymentCommand):
    name, permission, lead = "issue", "claims.issue_payment", True
    words, done_words = "Issue a payment", "issued"
    statuses, service = (PaymentStatus.APPROVED,), staticmethod(services.issue_payment)


class ClearPayment(PaymentCommand):
    name, permission = "clear", "claims.issue_payment"
    words, done_words = "Mark a payment as cleared", "cleared"
    statuses, service = (PaymentStatus.ISSUED,), staticmethod(services.clear_payment)


class StopPayment(PaymentCommand):
    name, permission, tone = "stop", "claims.pay_claim", "danger"
    words, done_words = "Stop a payment", "stopped"
    statuses, service, form_class = (*NOT_YET_OUT, PaymentStatus.ISSUED), staticmethod(services.stop_payment), TakeBackForm

    def fits(self, actor: User, record: Claim) -> list[ClaimPayment]:
        mine = actor.has_perm("claims.issue_payment")
        found = super().fits(actor, record)
        return [each for each in found if mine or (each.requested_by_id == actor.pk and each.status in NOT_YET_OUT)]


class VoidPayment(PaymentCommand):
    name, permission, tone = "void", "claims.issue_payment", "danger"
    words, done_words = "Void a payment", "voided: the counter-row is booked"
    statuses, service, form_class = (PaymentStatus.ISSUED, PaymentStatus.CLEARED), staticmethod(services.void_payment), TakeBackForm


class RecordRecovery(OnACoverage):
    name, permission, lead = "recover", "claims.recover_claim", False
    form_class = RecoveryForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.paid_amount > ZERO

    def whose(self, actor: User, record: Claim) -> str:
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return "Record recovery…"

    def title(self, actor: User, record: Claim) -> str:
        return "Record money that came back"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        names = ("amount", "source", "cost_type", "coverage", "reason", "version")
        return services.record_recovery(actor, record.pk, **sent_of(form, names))

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The recovery is booked: ${dollars((fresh or record).entries.all().balance().recovered)} came back on {record}."


class ReverseRecovery(ClaimCommand):
    name, permission, lead, tone = "reverse-recovery", "claims.recover_claim", False, "danger"
    form_class = ReverseRecoveryForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.paid_amount > ZERO and bool(_reversible(record))

    def whose(self, actor: User, record: Claim) -> str:
        return ""

    def label(self, actor: User, record: Claim) -> str:
        return "Reverse a recovery…"

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        field = form.fields["entry"]
        found = [each for each in record.entries.all() if each.kind == EntryKind.RECOVERY] if form.is_bound else _reversible(record)
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (str(each.pk), f"${dollars(each.recovered)} {each.get_source_display().lower()}, {long_day(each.effective_at)}")
                for each in found
            ]

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.reverse_recovery(actor, UUID(sent["entry"]), reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The recovery is reversed: both entries stay."


COMMANDS = (
    Pay(),
    ApprovePayment(),
    IssuePayment(),
    SetReserve(),
    ClearPayment(),
    RecordRecovery(),
    ReverseRecovery(),
    StopPayment(),
    VoidPayment(),
)


def _receiver(record: Claim, payment: ClaimPayment) -> str:
    """The payee and, where there is one, what is shown of the account."""
    return ", ".join(filter(None, (payment.payee or str(record.policy.customer), payment.masked_account)))


def _beyond(actor: User, record: Claim, reserve: Decimal, cost_type: str) -> str:
    """Why a reserve, with what was paid before, is more than the person could decide to pay on the claim; empty when it is not."""
    limit = authority_of(actor, record.claim_type, cost_type)
    paid = sum((each.paid for each in record.entries.all() if each.cost_type == cost_type), ZERO)
    if limit is None or reserve + paid <= limit:
        return ""
    with_paid = f", with ${dollars(paid)} paid before," if paid else ""
    return f"${dollars(reserve)}{with_paid} is beyond your authority of ${dollars(limit)} on this claim."


def _reversible(record: Claim) -> list[LedgerEntry]:
    entries = list(record.entries.all())
    reversed_ones = {each.refers_to_id for each in entries}
    return [each for each in entries if each.kind == EntryKind.RECOVERY and each.pk not in reversed_ones]


def _left(record: Claim) -> Any:
    """As services.paying.left_to_pay, from the payments that the page has read."""
    committed = sum((each.amount for each in record.payments.all() if each.status in COMMITTED and each.cost_type == "indemnity"), ZERO)
    return max((record.approved_amount or ZERO) - committed, ZERO)

"""The commands on an account. Whether something may be done is the service's to say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import Truncator

from policies.billing import reading, services
from policies.billing.admin.forms import AmountForm, PaymentForm, PlanForm, RefundForm, ReverseForm
from policies.billing.models import BillingAccount, Kind, LedgerEntry
from policies.billing.services.adjustments import REVERSIBLE, open_on
from policies.billing.services.payments import refundable_on
from vanguard.accounts.models import User
from vanguard.errors import Conflict
from vanguard.money import ZERO, dollars
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import instant, long_day
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.templatetags.workbench import by_person

# Of a reference or reason, in a line among others.
SHORT = 60


class BillingCommand(Command[BillingAccount]):
    """What the commands on an account share."""

    def done(self, actor: User, record: BillingAccount, fresh: BillingAccount | None) -> str:
        entry = (fresh or record).entries.order_by("-booked_at", "-id").first()
        balance = f"The balance is {_money((fresh or record).balance)}."
        return f"{entry.get_kind_display()} of {_money(abs(entry.amount))} booked. {balance}" if entry else balance


class RecordPayment(BillingCommand):
    name, permission = "pay", "billing.receive_payment"
    form_class = PaymentForm

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Record payment…"

    def title(self, actor: User, record: BillingAccount) -> str:
        return "Record a payment"

    def initial(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        due = record.invoices.open().order_by("due_at", "invoice_number").first()
        return {"amount": due.open_amount} if due else {}

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": "It pays the oldest due first. What is more than everything open is held as credit."}

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        if not form.cleaned_data["again"]:
            _refuse_second(record, form.cleaned_data["reference"])
        names = ("amount", "method", "reference", "received_at", "version")
        services.receive_payment(actor, record.policy_id, **{name: form.cleaned_data[name] for name in names})
        return BillingAccount.objects.get(pk=record.pk)


class Refund(BillingCommand):
    name, permission, tone, step_up = "refund", "billing.refund_payment", "danger", True
    form_class = RefundForm

    def offered(self, actor: User, record: BillingAccount) -> bool:
        return record.credit > ZERO

    def why_not(self, actor: User, record: BillingAccount) -> str:
        return "" if refundable_on(record) > ZERO else "What was written off is more than this credit, so it is not paid out."

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Refund…"

    def title(self, actor: User, record: BillingAccount) -> str:
        return "Refund a credit"

    def initial(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"amount": refundable_on(record)}

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": f"{_money(refundable_on(record))} is held and not owed for anything. It goes back the way that the payment came."}

    def prepare(self, actor: User, record: BillingAccount, form: RecordForm) -> None:
        standing = [
            each for each in record.payments.order_by("-received_at") if not each.reversed_at and each.amount > each.refunded_amount
        ]
        choices = [
            (
                str(each.pk),
                _told_apart(
                    f"{_money(each.amount - each.refunded_amount)} left of {_money(each.amount)}",
                    each.reference,
                    each.received_at,
                    each.created_at,
                ),
            )
            for each in standing
        ]
        _offer(form, "payment", choices)

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        sent = form.cleaned_data
        services.refund_payment(actor, UUID(sent["payment"]), amount=sent["amount"], reason=sent["reason"], version=sent["version"])
        return BillingAccount.objects.get(pk=record.pk)


class Reverse(BillingCommand):
    name, permission, tone, lead = "reverse", "billing.reverse_payment", "danger", False
    form_class = ReverseForm

    def offered(self, actor: User, record: BillingAccount) -> bool:
        return bool(_reversible(record))

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Reverse…"

    def title(self, actor: User, record: BillingAccount) -> str:
        return "Reverse an entry"

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": "The opposite is booked, and both stay in the ledger. What the entry had paid is due again."}

    def prepare(self, actor: User, record: BillingAccount, form: RecordForm) -> None:
        found = _reversible(record)
        if form.is_bound:
            # What the first click reversed stays a choice, so that the second is told so by the service.
            found = list(record.entries.filter(kind__in=REVERSIBLE))
        choices = [(str(each.pk), _entry(each)) for each in found]
        _offer(form, "entry", choices)

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        sent = form.cleaned_data
        return services.reverse_entry(actor, UUID(sent["entry"]), reason=sent["reason"], version=sent["version"])


class WriteOff(BillingCommand):
    name, permission, tone, lead = "writeoff", "billing.writeoff_balance", "danger", False
    form_class = AmountForm

    def offered(self, actor: User, record: BillingAccount) -> bool:
        return record.next_due_at is not None

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Write off…"

    def title(self, actor: User, record: BillingAccount) -> str:
        return "Write off what is open"

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": f"{_money(open_on(record))} is open. What is written off is given up, the oldest due first."}

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        sent = form.cleaned_data
        return services.write_off(actor, record.policy_id, amount=sent["amount"], reason=sent["reason"], version=sent["version"])


class ChargeFee(BillingCommand):
    name, permission, lead = "fee", "billing.charge_fee", False
    form_class = AmountForm

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Charge a fee…"

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": "It is invoiced and due at once."}

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        sent = form.cleaned_data
        return services.charge_fee(actor, record.policy_id, amount=sent["amount"], reason=sent["reason"], version=sent["version"])


class ChangePlan(Command[BillingAccount]):
    name, permission, lead = "plan", "billing.change_plan", False
    form_class = PlanForm

    def why_not(self, actor: User, record: BillingAccount) -> str:
        paid = record.payments.filter(reversed_at=None).exists()
        return "A payment was received by the present plan, so it stays." if paid else ""

    def label(self, actor: User, record: BillingAccount) -> str:
        return "Change plan…"

    def title(self, actor: User, record: BillingAccount) -> str:
        return "Change how the premium is paid"

    def initial(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"plan": record.plan}

    def page(self, actor: User, record: BillingAccount) -> dict[str, Any]:
        return {"intro": "The open instalments are withdrawn and laid out anew from the start of the term, until the first payment."}

    def run(self, actor: User, record: BillingAccount, form: RecordForm) -> BillingAccount:
        return services.change_plan(actor, record.policy_id, plan=form.cleaned_data["plan"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: BillingAccount, fresh: BillingAccount | None) -> str:
        return f"Paid {(fresh or record).get_plan_display().lower()} from now on."


def _reversible(account: BillingAccount) -> list[LedgerEntry]:
    standing = account.entries.filter(kind__in=REVERSIBLE).exclude(referring__kind=Kind.REVERSAL)
    return list(standing.order_by("-booked_at", "-id"))


def _refuse_second(account: BillingAccount, reference: str) -> None:
    """The same check entered twice. Whoever enters it meanwhile moves the account's version, and is told so by the service."""
    before = reading.booked_before(account, reference)
    if before is None:
        return
    what, when = f"{_money(before.amount)} with reference {before.reference}", long_day(before.created_at)
    message = f"A payment of {what} was booked on {when} by {by_person(before.entry.actor)}; book another?"
    raise Conflict(message, code="reference_booked", field="again")


def _entry(entry: LedgerEntry) -> str:
    """An entry among others: of a payment its reference, of all else the reason."""
    return _told_apart(f"{entry.get_kind_display()} {_money(abs(entry.amount))}", entry.reason, entry.effective_at, entry.booked_at)


def _told_apart(what: str, reference: str, effective_at: datetime, booked_at: datetime) -> str:
    """Amount, day and reference; and when it was booked, for two that are the same in all of these."""
    return ", ".join(filter(None, [what, long_day(effective_at), Truncator(reference).chars(SHORT), f"booked {instant(booked_at)}"]))


def _offer(form: RecordForm, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def _money(amount: Any) -> str:
    return f"\N{MINUS SIGN}${dollars(-amount)}" if amount < ZERO else f"${dollars(amount)}"

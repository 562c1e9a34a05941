"""/api/policies/{id}/billing, invoices and payments: reads through the scoped querysets, writes through the services."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Path, Router

from policies.billing import services
from policies.billing.models import BillingAccount, Invoice, LedgerEntry, Payment
from policies.billing.schemas import (
    AccountOut,
    ByHandIn,
    EntryListParams,
    EntryOut,
    InvoiceListParams,
    InvoiceOut,
    PaymentIn,
    PaymentListParams,
    PaymentOut,
    PlanIn,
    RefundIn,
    ReverseIn,
)
from policies.models import Policy
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import etag_of, no_such_record, optional_version, required_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, headers_in_schema, write

of_policy = Router(tags=["Billing"], by_alias=True)
invoices = Router(tags=["Billing"], by_alias=True)
payments = Router(tags=["Billing"], by_alias=True)
Id = Annotated[UUID, Path(alias="id")]
COMMAND_HEADERS = headers_in_schema("Idempotency-Key")


def _accounts(request: AuthenticatedRequest, policy_id: UUID) -> QuerySet[BillingAccount]:
    return BillingAccount.objects.visible_to(request.auth).filter(policy_id=policy_id)


def _policy(request: AuthenticatedRequest, policy_id: UUID) -> QuerySet[Policy]:
    return Policy.objects.visible_to(request.auth).filter(pk=policy_id)


def _payments(request: AuthenticatedRequest, **which: UUID) -> QuerySet[Payment]:
    return Payment.objects.visible_to(request.auth).filter(**which).select_related("account")


@of_policy.get("/{id}/billing", response=ApiResponse[AccountOut])
async def get_billing(request: AuthenticatedRequest, policy_id: Id) -> HttpResponse:
    """What the policy owes: balance, plan and open invoices, with the ETag that a change of plan must send back."""

    def read() -> HttpResponse:
        account = _accounts(request, policy_id).first()
        if account is None:
            raise no_such_record()
        return ok(AccountOut.show(account).shown(), headers={"ETag": etag_of(account)})

    return await in_thread(read)


@of_policy.put("/{id}/billing", response=ApiResponse[AccountOut], openapi_extra=headers_in_schema("If-Match"))
async def change_plan(request: AuthenticatedRequest, policy_id: Id, body: Json[PlanIn]) -> HttpResponse:
    """Pay by another plan; until the first payment."""

    def service() -> BillingAccount:
        with required_version(request, _accounts(request, policy_id)) as version:
            return services.change_plan(request.auth, policy_id, plan=body.plan, version=version)

    return await write(request, service, changed(AccountOut.show, "The plan is changed."))


@of_policy.get("/{id}/ledger", response=ApiResponse[PaginatedResponse[EntryOut]])
async def list_entries_of_policy(request: AuthenticatedRequest, policy_id: Id, params: Asked[EntryListParams]) -> HttpResponse:
    """Every movement on the policy's account, the last one first; their sum is the balance."""
    accounts = _accounts(request, policy_id)
    rows = LedgerEntry.objects.filter(account__in=accounts.values("pk")).select_related("account")
    show = EntryOut.show if request.auth.has_perm("billing.view_billingaccount") else EntryOut.show_insured
    return await page_of(params.of(rows), params, show, within=_policy(request, policy_id))


@of_policy.post("/{id}/fees", response={201: ApiResponse[AccountOut]}, openapi_extra=COMMAND_HEADERS)
async def charge_fee(request: AuthenticatedRequest, policy_id: Id, body: Json[ByHandIn]) -> HttpResponse:
    """Charge a fee; it is invoiced and due at once. The account as it is then."""
    return await _by_hand(request, policy_id, body, services.charge_fee, "The fee is charged.")


@of_policy.post("/{id}/write-offs", response={201: ApiResponse[AccountOut]}, openapi_extra=COMMAND_HEADERS)
async def write_off(request: AuthenticatedRequest, policy_id: Id, body: Json[ByHandIn]) -> HttpResponse:
    """Give up what is open, the oldest due first. The account as it is then."""
    return await _by_hand(request, policy_id, body, services.write_off, "It is written off.")


@of_policy.post("/{id}/ledger/{entry_id}/reverse", response=ApiResponse[AccountOut], openapi_extra=COMMAND_HEADERS)
async def reverse_entry(request: AuthenticatedRequest, policy_id: Id, entry_id: UUID, body: Json[ReverseIn]) -> HttpResponse:
    """A fee, a write-off, a refund or a payment was a mistake: book its opposite, once. The account as it is then."""

    def service() -> BillingAccount:
        accounts = _accounts(request, policy_id)
        if not LedgerEntry.objects.filter(pk=entry_id, account__in=accounts.values("pk")).exists():
            raise no_such_record()
        return services.reverse_entry(request.auth, entry_id, reason=body.reason, version=optional_version(request, accounts))

    return await write(request, service, changed(AccountOut.show, "The entry is reversed."))


async def _by_hand(
    request: AuthenticatedRequest, policy_id: UUID, body: ByHandIn, command: Callable[..., BillingAccount], message: str
) -> HttpResponse:
    """An entry that Finance books, on the account's version that If-Match names, if it names one."""

    def service() -> BillingAccount:
        version = optional_version(request, _accounts(request, policy_id))
        return command(request.auth, policy_id, amount=body.amount, reason=body.reason, version=version)

    def answer(account: BillingAccount) -> HttpResponse:
        headers = {"Location": f"/api/policies/{policy_id}/ledger", "ETag": etag_of(account)}
        return ok(AccountOut.show(account).shown(), message, status=201, headers=headers)

    return await write(request, service, answer)


@of_policy.get("/{id}/invoices", response=ApiResponse[PaginatedResponse[InvoiceOut]])
async def list_invoices_of_policy(request: AuthenticatedRequest, policy_id: Id, params: Asked[InvoiceListParams]) -> HttpResponse:
    """The policy's invoices, the first due first."""
    rows = Invoice.objects.visible_to(request.auth).filter(account__policy_id=policy_id).select_related("account__policy")
    return await page_of(params.of(rows), params, InvoiceOut.show, within=_policy(request, policy_id))


@invoices.get("/{id}", response=ApiResponse[InvoiceOut], openapi_extra=headers_in_schema("If-None-Match"))
async def get_invoice(request: AuthenticatedRequest, invoice_id: Id) -> HttpResponse:
    """One invoice."""
    rows = Invoice.objects.visible_to(request.auth).filter(pk=invoice_id).select_related("account__policy")
    return await one_of(request, rows, InvoiceOut.show)


@of_policy.get("/{id}/payments", response=ApiResponse[PaginatedResponse[PaymentOut]])
async def list_payments_of_policy(request: AuthenticatedRequest, policy_id: Id, params: Asked[PaymentListParams]) -> HttpResponse:
    """The policy's payments, newest first."""
    rows = _payments(request, account__policy_id=policy_id)
    return await page_of(params.of(rows), params, PaymentOut.show, within=_policy(request, policy_id))


@of_policy.post("/{id}/payments", response={201: ApiResponse[PaymentOut]}, openapi_extra=COMMAND_HEADERS)
async def receive_payment(request: AuthenticatedRequest, policy_id: Id, body: Json[PaymentIn]) -> HttpResponse:
    """Record money that was received: it pays the oldest due first, and beyond that it is credit."""

    def service() -> Payment:
        if not _policy(request, policy_id).exists():
            raise no_such_record()
        return services.receive_payment(request.auth, policy_id, **body.whole())

    def answer(payment: Payment) -> HttpResponse:
        headers = {"Location": f"/api/payments/{payment.pk}", "ETag": etag_of(payment)}
        return ok(PaymentOut.show(payment).shown(), "The payment is recorded.", status=201, headers=headers)

    return await write(request, service, answer)


@payments.get("/{id}", response=ApiResponse[PaymentOut], openapi_extra=headers_in_schema("If-None-Match"))
async def get_payment(request: AuthenticatedRequest, payment_id: Id) -> HttpResponse:
    """One payment, with what was refunded of it."""
    return await one_of(request, _payments(request, pk=payment_id), PaymentOut.show)


@payments.post("/{id}/refund", response=ApiResponse[PaymentOut], openapi_extra=COMMAND_HEADERS)
async def refund_payment(request: AuthenticatedRequest, payment_id: Id, body: Json[RefundIn]) -> HttpResponse:
    """Give back what is held as credit, at most what was paid."""
    service = partial(_on_payment, request, payment_id, partial(services.refund_payment, amount=body.amount, reason=body.reason))
    return await write(request, service, changed(PaymentOut.show, "The refund is booked."))


@payments.post("/{id}/reverse", response=ApiResponse[PaymentOut], openapi_extra=COMMAND_HEADERS)
async def reverse_payment(request: AuthenticatedRequest, payment_id: Id, body: Json[ReverseIn]) -> HttpResponse:
    """The payment bounced: what it had paid is due again."""
    service = partial(_on_payment, request, payment_id, partial(services.reverse_payment, reason=body.reason))
    return await write(request, service, changed(PaymentOut.show, "The payment is reversed."))


def _on_payment(request: AuthenticatedRequest, payment_id: UUID, command: "partial[Payment]") -> Payment:
    """`command` on a payment that the caller may know of."""
    if not _payments(request, pk=payment_id).exists():
        raise no_such_record()
    return command(request.auth, payment_id)

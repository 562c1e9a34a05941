"""The table of who may do what through the API, by path and method: held to by tests of permissions, of foreign records, and of writes."""

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

from claims.models import Claim
from config.api import api
from policies.billing.models import BillingAccount
from policies.papers.models import PolicyDocument
from policies.products.models import Product
from policies.quotes.models import Quote
from tests.api.standing import (
    another,
    application,
    approved,
    asked,
    asked_for_information,
    billed,
    cancelled,
    charged,
    claimed_on,
    contact,
    correction,
    decided,
    erasure,
    evaluated,
    first_notice,
    held,
    inquired,
    notice_with_a_claimant,
    overpaid,
    owned,
    paid,
    person,
    processing,
    proposed,
    ready,
    recovered,
    referred,
    terms,
    texan,
    triage,
    waiting,
    with_paper,
    with_quote,
    without_claims,
    without_policies,
)
from tests.factories import (
    PASSWORD,
    UserFactory,
    submitted_claim,
)
from tests.quotes import making
from vanguard.accounts.models import User
from vanguard.accounts.zones import today_of

STAFF = frozenset({"Adjuster", "Supervisor", "Underwriter", "Finance", "Compliance", "Administrator"})
CLAIMS = frozenset({"Adjuster", "Supervisor", "Administrator"})
POLICIES = frozenset({"Underwriter", "Administrator"})
FINANCE = frozenset({"Finance", "Administrator"})
INVESTIGATORS = frozenset({"Supervisor", "Compliance", "Administrator"})
MERGERS = POLICIES | {"Supervisor"}
OWNER = frozenset({"Policyholder"})  # on what is the policyholder's own
EVERYBODY = STAFF | OWNER | {"Nobody"}
CALLERS = [*sorted(STAFF), "Policyholder", "Another policyholder", "Nobody", "Anonymous"]


class Row(NamedTuple):
    """Who may, what they then get, and what it is done to."""

    may: frozenset[str]
    status: int
    make: Callable[[], Claim] = submitted_claim
    body: Callable[[Claim], Any] = lambda _claim: None


UPLOAD = object()  # stands for a file: it is not sent as JSON
READ, LIST = Row(STAFF | OWNER, 200), Row(EVERYBODY, 200)
TABLE = {
    "POST /api/auth/token": None,
    "POST /api/auth/refresh": None,
    "POST /api/auth/logout": Row(EVERYBODY, 204),
    "POST /api/auth/password": Row(EVERYBODY, 204, body=lambda _: {"currentPassword": PASSWORD, "newPassword": "Another-horse-8!"}),
    "POST /api/auth/password/forgot": None,
    "POST /api/auth/password/reset": None,
    "GET /api/auth/me": Row(EVERYBODY, 200),
    "POST /api/auth/step-up": Row(EVERYBODY, 409, body=lambda _: {"otp": "123456"}),
    "POST /api/auth/second-factor": Row(EVERYBODY, 200),
    "POST /api/auth/second-factor/confirm": Row(EVERYBODY, 422, body=lambda _: {"otp": "123456", "setUp": "x"}),
    "GET /api/customers": LIST,
    "POST /api/customers": Row(POLICIES, 201, body=person),
    "POST /api/customers/lookup": Row(POLICIES | {"Supervisor", "Compliance"}, 200, body=lambda _: {"ssn": "078-05-1120"}),
    "POST /api/customers/duplicates": Row(POLICIES, 200, body=lambda _: {"firstName": "Rosa", "lastName": "Diaz"}),
    "GET /api/customers/{customer}": READ,
    "GET /api/customers/{customer}/duplicates": Row(MERGERS, 200),
    "POST /api/customers/{customer}/merge": Row(MERGERS, 200, body=another),
    "POST /api/customers/{customer}/unmerge": Row(MERGERS, 409),  # it is not merged
    "GET /api/customers/{customer}/export": Row(OWNER, 200),
    "GET /api/customers/{customer}/export/pdf": Row(OWNER, 200),
    "POST /api/customers/{customer}/export": Row(POLICIES | {"Compliance"}, 200, body=lambda _: {"reason": "By letter"}),
    "POST /api/customers/{customer}/export/pdf": Row(POLICIES | {"Compliance"}, 200, body=lambda _: {"reason": "By letter"}),
    "POST /api/customers/{customer}/erasure": Row(frozenset({"Compliance", "Administrator"}), 201, body=erasure),
    "POST /api/customers/{customer}/hold": Row(frozenset({"Compliance", "Administrator"}), 201, body=lambda _: {"reason": "Lawsuit"}),
    "POST /api/customers/{customer}/hold/lift": Row(
        frozenset({"Compliance", "Administrator"}), 200, held, body=lambda _: {"reason": "Settled"}
    ),
    "GET /api/customers/{customer}/contacts": Row(STAFF, 200),
    "POST /api/customers/{customer}/contacts": Row(STAFF - {"Compliance"}, 201, body=lambda _: contact()),
    "PUT /api/customers/{customer}": Row(POLICIES, 200, body=person),
    "PATCH /api/customers/{customer}": Row(POLICIES, 200, body=lambda _: {"firstName": "Ada"}),
    "DELETE /api/customers/{customer}": Row(POLICIES, 204, without_policies),
    "GET /api/customers/{customer}/policies": READ,
    "GET /api/policies": LIST,
    "POST /api/policies": Row(POLICIES, 201, body=lambda claim: terms(claim) | {"customerId": str(claim.policy.customer_id)}),
    "GET /api/policies/by-number/{policy_number}": READ,
    "GET /api/policies/{policy}": READ,
    "PUT /api/policies/{policy}": Row(POLICIES, 200, body=terms),
    "PATCH /api/policies/{policy}": Row(POLICIES, 200, body=lambda _: {"policyType": "auto"}),
    "DELETE /api/policies/{policy}": Row(POLICIES, 204, without_claims),
    "POST /api/policies/{policy}/cancel": Row(POLICIES, 200),
    "POST /api/policies/{policy}/endorse": Row(POLICIES, 200, body=lambda _: {"policyType": "auto"}),
    "POST /api/policies/{policy}/cancel/preview": Row(POLICIES, 200),
    "POST /api/policies/{policy}/endorse/preview": Row(POLICIES, 200, body=lambda _: {"policyType": "auto"}),
    "POST /api/policies/{policy}/reinstate/preview": Row(POLICIES, 200, cancelled),
    "POST /api/policies/{policy}/approve": Row(POLICIES, 200, waiting),
    "POST /api/policies/{policy}/decline": Row(POLICIES, 200, waiting),
    "POST /api/policies/{policy}/reinstate": Row(POLICIES, 200, cancelled),
    "POST /api/policies/{policy}/renew": Row(POLICIES, 201),
    "GET /api/policies/{policy}/versions": READ,
    "GET /api/policies/{policy}/claims": READ,
    "GET /api/products": LIST,
    "GET /api/products/{product}": Row(EVERYBODY, 200),
    "GET /api/quotes": LIST,
    "POST /api/quotes": Row(POLICIES | OWNER, 201, body=application),
    "GET /api/quotes/{quote}": Row(STAFF | OWNER, 200, with_quote(making.quoted)),
    "POST /api/quotes/{quote}/price": Row(POLICIES | OWNER, 200, with_quote(making.requested)),
    "POST /api/quotes/{quote}/approve": Row(POLICIES, 200, with_quote(making.referred)),
    "POST /api/quotes/{quote}/decline": Row(POLICIES, 200, with_quote(making.referred), lambda _: {"reason": "Beyond repair"}),
    "POST /api/quotes/{quote}/bind": Row(POLICIES, 200, with_quote(making.quoted)),
    "GET /api/policies/{policy}/documents": READ,
    "POST /api/policies/{policy}/documents": Row(POLICIES, 201, body=lambda _: {"kind": "schedule"}),
    "GET /api/documents/{document}": Row(STAFF | OWNER, 200, with_paper),
    "GET /api/claims": LIST,
    "POST /api/claims": Row(CLAIMS | OWNER, 201, body=first_notice),
    "GET /api/claims/by-number/{claim_number}": READ,
    "GET /api/claims/{claim}": READ,
    "PUT /api/claims/{claim}": Row(CLAIMS, 200, body=correction),
    "PATCH /api/claims/{claim}": Row(CLAIMS, 200, body=lambda _: {"claimType": "fire"}),
    "DELETE /api/claims/{claim}": Row(CLAIMS, 204),
    "POST /api/claims/{claim}/assign": Row(CLAIMS, 200),
    "POST /api/claims/{claim}/start": Row(CLAIMS, 200),
    "POST /api/claims/{claim}/approve": Row(CLAIMS, 200, processing),
    "POST /api/claims/{claim}/check-cover": Row(CLAIMS, 200, processing, lambda _: {"leftOpen": "Is it wear?"}),
    "POST /api/claims/{claim}/evaluate": Row(CLAIMS, 200, processing),
    "POST /api/claims/{claim}/investigate": Row(CLAIMS, 200, evaluated, lambda _: {"reason": "A second estimate"}),
    "POST /api/claims/{claim}/withdraw": Row(CLAIMS, 200, proposed, lambda _: {"reason": "Read wrongly"}),
    "POST /api/claims/{claim}/deny": Row(CLAIMS, 200, processing, lambda _: {"reason": "No cover for wear"}),
    "POST /api/claims/{claim}/close": Row(CLAIMS, 200, decided),
    "POST /api/claims/{claim}/reopen": Row(CLAIMS - {"Adjuster"}, 200, decided, lambda _: {"reason": "New evidence"}),
    "POST /api/claims/{claim}/appeal": Row(CLAIMS | OWNER, 200, decided, lambda _: {"reason": "The pipe burst"}),
    "POST /api/claims/{claim}/ask": Row(CLAIMS, 200, processing, lambda _: {"question": "The plumber's invoice"}),
    "POST /api/claims/{claim}/received": Row(CLAIMS, 200, asked_for_information),
    "GET /api/claims/{claim}/questions": READ,
    "POST /api/claims/{claim}/questions/{question_id}/answer": Row(
        OWNER, 200, asked_for_information, lambda _: {"answer": "It came on Monday"}
    ),
    "GET /api/claims/{claim}/denials": READ,
    "GET /api/claims/{claim}/decisions": Row(STAFF, 200),
    "GET /api/claims/{claim}/letters": READ,
    "POST /api/claims/{claim}/letters": Row(CLAIMS, 201, body=lambda _: {"kind": "acknowledgement"}),
    "GET /api/claims/{claim}/documents": READ,
    "POST /api/claims/{claim}/documents": Row(CLAIMS | OWNER, 201, body=lambda _: UPLOAD),
    "GET /api/claims/look-alikes": LIST,
    "POST /api/claims/look-alikes": Row(CLAIMS, 200, body=notice_with_a_claimant),
    "POST /api/claims/next": Row(CLAIMS, 200),
    "GET /api/claims/{claim}/triage": Row(STAFF, 200),
    "POST /api/claims/{claim}/triage": Row(CLAIMS, 200, body=triage),
    "POST /api/claims/{claim}/release": Row(CLAIMS - {"Adjuster"}, 200, owned, lambda _: {"reason": "Away"}),  # it is another adjuster's
    "POST /api/claims/{claim}/link": Row(CLAIMS, 200, body=lambda _: {"otherId": str(submitted_claim().pk), "reason": "One storm"}),
    "GET /api/claims/{claim}/clocks": Row(STAFF, 200),
    "POST /api/claims/{claim}/clocks/{clock_id}/extend": Row(CLAIMS, 200, texan, lambda _: {"reason": "The expert is away"}),
    "POST /api/claims/{claim}/jurisdiction": Row(CLAIMS, 200, body=lambda _: {"jurisdiction": "US-TX", "reason": "The house is there"}),
    "POST /api/claims/{claim}/inquire": Row(CLAIMS, 200, body=lambda _: {"reason": "File 17-4"}),
    "POST /api/claims/{claim}/answer": Row(CLAIMS, 200, inquired, lambda _: {"reason": "Explained"}),
    "GET /api/diary": Row(STAFF, 200),
    "GET /api/claims/{claim}/diary": Row(STAFF, 200),
    "POST /api/claims/{claim}/diary": Row(CLAIMS, 201, body=lambda _: {"dueOn": str(today_of(None)), "what": "Call the roofer"}),
    "POST /api/claims/{claim}/diary/{diary_id}/done": Row(CLAIMS, 200, body=lambda _: {"outcome": "She is at home"}),
    "POST /api/claims/{claim}/diary/{diary_id}/move": Row(
        CLAIMS, 200, body=lambda _: {"toDay": str(today_of(None) + datetime.timedelta(days=20)), "reason": "She is abroad"}
    ),
    "GET /api/claims/{claim}/claimants": Row(STAFF, 200),
    "POST /api/claims/{claim}/claimants": Row(CLAIMS, 201, body=lambda _: {"claimsFor": "bodily_injury", "name": "Nora Vale"}),
    "POST /api/claims/{claim}/claimants/{claimant_id}/end": Row(CLAIMS, 200, claimed_on, lambda _: {"reason": "Not hurt"}),
    "POST /api/claims/{claim}/claimants/{claimant_id}/erasure": Row(
        frozenset({"Compliance", "Administrator"}), 201, claimed_on, lambda _: {"reason": "By letter", "confirm": "Nora Vale"}
    ),
    "POST /api/claims/{claim}/claimants/{claimant_id}/export": Row(
        POLICIES | {"Compliance"}, 200, claimed_on, lambda _: {"reason": "By letter"}
    ),
    "POST /api/claims/{claim}/claimants/{claimant_id}/export/pdf": Row(
        POLICIES | {"Compliance"}, 200, claimed_on, lambda _: {"reason": "By letter"}
    ),
    "GET /api/claims/{claim}/indicators": Row(CLAIMS | {"Compliance"}, 200),
    "POST /api/claims/{claim}/refer": Row(CLAIMS, 200, body=lambda _: {"reason": "Two receipts for one roof"}),
    "GET /api/claims/{claim}/investigation": Row(INVESTIGATORS, 200, referred),
    "POST /api/claims/{claim}/investigation/notes": Row(INVESTIGATORS, 201, referred, lambda _: {"text": "Called the roofer"}),
    "POST /api/claims/{claim}/investigation/close": Row(
        INVESTIGATORS, 200, referred, lambda _: {"outcome": "unfounded", "reason": "Both roofs exist"}
    ),
    "GET /api/claims/{claim}/money": Row(STAFF, 200),
    "GET /api/claims/{claim}/proof": Row(STAFF, 200, approved),
    "GET /api/claims/{claim}/payments/{payment_id}/proof": Row(STAFF, 200, paid),
    "POST /api/claims/{claim}/reserve": Row(CLAIMS, 200, body=lambda _: {"amount": 500, "reason": "First estimate"}),
    "POST /api/claims/{claim}/pay": Row(CLAIMS | FINANCE, 200, approved),
    "POST /api/claims/{claim}/recover": Row(FINANCE, 200, paid, lambda _: {"amount": 5, "source": "salvage"}),
    "POST /api/claims/{claim}/recoveries/{entry_id}/reverse": Row(FINANCE, 200, recovered, lambda _: {"reason": "Bounced"}),
    "POST /api/claims/{claim}/payments/{payment_id}/approve": Row(CLAIMS, 200, asked),
    "POST /api/claims/{claim}/payments/{payment_id}/issue": Row(FINANCE, 200, ready),
    "POST /api/claims/{claim}/payments/{payment_id}/clear": Row(FINANCE, 200, paid),
    "POST /api/claims/{claim}/payments/{payment_id}/stop": Row(FINANCE, 200, paid, lambda _: {"reason": "Lost"}),
    "POST /api/claims/{claim}/payments/{payment_id}/void": Row(FINANCE, 200, paid, lambda _: {"reason": "Lost"}),
    "GET /api/policies/{policy}/billing": Row(STAFF | OWNER, 200, billed),
    "PUT /api/policies/{policy}/billing": Row(FINANCE | {"Underwriter"}, 200, billed, lambda _: {"plan": "monthly"}),
    "GET /api/policies/{policy}/ledger": Row(STAFF | OWNER, 200, billed),
    "POST /api/policies/{policy}/fees": Row(FINANCE, 201, billed, lambda _: {"amount": 10, "reason": "Second reminder"}),
    "POST /api/policies/{policy}/write-offs": Row(FINANCE, 201, billed, lambda _: {"amount": 10, "reason": "Too small"}),
    "GET /api/policies/{policy}/invoices": Row(STAFF | OWNER, 200, billed),
    "POST /api/policies/{policy}/ledger/{entry_id}/reverse": Row(FINANCE, 200, charged, lambda _: {"reason": "Mistake"}),
    "GET /api/policies/{policy}/payments": Row(STAFF | OWNER, 200, billed),
    "POST /api/policies/{policy}/payments": Row(FINANCE, 201, billed, lambda _: {"amount": 100, "method": "check"}),
    "GET /api/invoices/{invoice}": Row(STAFF | OWNER, 200, billed),
    "GET /api/payments/{payment}": Row(STAFF | OWNER, 200, overpaid),
    "POST /api/payments/{payment}/refund": Row(FINANCE, 200, overpaid, lambda _: {"amount": 200, "reason": "Overpaid"}),
    "POST /api/payments/{payment}/reverse": Row(FINANCE, 200, overpaid, lambda _: {"reason": "Returned"}),
    "GET /api/audit": Row(frozenset({"Compliance", "Administrator"}), 200),
    "GET /api/reports/triangle": Row(STAFF, 200),
    "GET /api/reports/development": Row(STAFF, 200),
    "GET /api/reports/loss-ratio": Row(STAFF, 200),
    "GET /api/reports/inventory": Row(STAFF, 200),
    "GET /api/reports/cycle-time": Row(STAFF, 200),
    "GET /api/reports/deadlines": Row(STAFF, 200),
    "GET /api/reports/bordereau": Row(STAFF, 200),
    "GET /api/reports/entries": Row(STAFF, 200),
}
# What is kept all the same: that data was handed out; and a number that was drawn for nothing goes back with its transaction.
HANDED_OUT = {"auditlog_logentry", "customers_customerexport"}
KEPT_ALL_THE_SAME = {
    "GET /api/customers/{customer}/export": HANDED_OUT,
    "GET /api/customers/{customer}/export/pdf": HANDED_OUT,
    "POST /api/claims": {"vanguard_numberseries"},
}
# What has to be asked.
QUESTIONS = {
    "/api/reports/triangle": "?value=paid",
    "/api/reports/bordereau": "?month=2026-01",
    "/api/reports/entries": "?of=loss_incurred:2026-01-31::",
    "/api/claims/look-alikes": "?policy_id=0199b6a2-7c11-7a5e-9f40-1234567890ab&claim_type=theft&incident_date=2026-01-01",
}
KINDS = {
    "customers": "customer",
    "policies": "policy",
    "products": "product",
    "quotes": "quote",
    "invoices": "invoice",
    "payments": "payment",
    "documents": "document",
    "claims": "claim",
}


def operations() -> list[str]:
    """As in TABLE: the method, and the path with its `{id}` called by what it identifies."""
    named = []
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        kind = KINDS.get(path.split("/")[2], "")
        named += [f"{method.upper()} {path.replace('{id}', f'{{{kind}}}').replace('{number}', f'{{{kind}_number}}')}" for method in methods]
    return named


def somebody_without_a_role() -> User:
    user: User = UserFactory.build()
    user.set_password(PASSWORD)
    user.save()
    return user


def address(operation: str, claim: Claim) -> tuple[str, str]:
    method, path = operation.split(" ")
    account = BillingAccount.objects.filter(policy=claim.policy_id).first()
    entries = account.entries.filter(kind="fee") if account else claim.entries.filter(kind="recovery")
    path = path.format(
        invoice=account.invoices.values_list("pk", flat=True).first() if account else "",
        payment=account.payments.values_list("pk", flat=True).first() if account else "",
        payment_id=claim.payments.values_list("pk", flat=True).first(),
        diary_id=claim.diary.values_list("pk", flat=True).first(),
        claimant_id=claim.claimants.values_list("pk", flat=True).first(),
        entry_id=entries.values_list("pk", flat=True).first(),
        question_id=claim.information_requests.values_list("pk", flat=True).first(),
        clock_id=claim.clocks.filter(kind="decide").values_list("pk", flat=True).first(),
        customer=claim.policy.customer_id,
        policy=claim.policy_id,
        claim=claim.pk,
        document=PolicyDocument.objects.values_list("pk", flat=True).first(),
        policy_number=claim.policy.policy_number,
        claim_number=claim.claim_number,
        product=Product.objects.values_list("pk", flat=True).first(),
        quote=Quote.objects.filter(customer=claim.policy.customer_id).values_list("pk", flat=True).first(),
    )
    return method, path.removeprefix("/api") + QUESTIONS.get(path, "")

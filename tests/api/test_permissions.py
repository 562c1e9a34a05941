"""S2: every path × method × role, generated from the OpenAPI schema and held against one table. A path without a row fails."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from pytest_django import Settings

from claims.fraud.services import refer_claim
from claims.intake.models import Queue
from claims.models import Claim
from claims.services import approve_claim, ask_information, deny_claim, pay_claim, record_inquiry, record_recovery, start_claim
from config.api import api
from customers.services import set_hold
from policies.billing.models import BillingAccount
from policies.billing.services import charge_fee, receive_payment
from policies.models import Policy
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from policies.products.models import Product
from policies.quotes.models import Quote
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy
from tests.api.calling import Answer, Caller
from tests.billing.books import tell
from tests.factories import (
    PASSWORD,
    CustomerFactory,
    PolicyFactory,
    UserFactory,
    policyholder,
    staff,
    submitted_claim,
    superuser,
    supervisor,
)
from tests.quotes import making
from tests.security.effects import written
from vanguard.accounts.models import User
from vanguard.accounts.zones import today_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

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


def processing() -> Claim:
    return start_claim(None, submitted_claim().pk)


def owned() -> Claim:
    """An adjuster's claim."""
    return start_claim(staff("Adjuster"), submitted_claim().pk)


def referred() -> Claim:
    return refer_claim(None, submitted_claim().pk, reason="Two receipts for one roof")


def texan() -> Claim:
    """A claim on which Texas lets the decision be put off."""
    return submitted_claim(jurisdiction="US-TX")


def inquired() -> Claim:
    return record_inquiry(None, submitted_claim().pk, reason="File 17-4")


def decided() -> Claim:
    return deny_claim(None, processing().pk, reason="No cover for wear")


def approved() -> Claim:
    return approve_claim(None, processing().pk)


def ready() -> Claim:
    """An approved claim with an approved payment."""
    owner = supervisor()
    claim = approve_claim(owner, start_claim(owner, submitted_claim().pk).pk)
    return pay_claim(owner, claim.pk, amount=Decimal("100.00"))


def asked() -> Claim:
    """A payment waits for a second person, because its payee works here."""
    supervisor(first_name="Ada", last_name="Quill")
    return pay_claim(supervisor(), approved().pk, payee="Ada Quill")


def paid() -> Claim:
    """A payment has gone out."""
    return pay_claim(staff("Finance"), approve_claim(supervisor(), processing().pk).pk)


def recovered() -> Claim:
    return record_recovery(None, paid().pk, amount=Decimal("10.00"), source="salvage")


def asked_for_information() -> Claim:
    return ask_information(None, processing().pk, question="The plumber's invoice")


def waiting() -> Claim:
    """A claim from before whose loss somebody would raise the limit."""
    claim = submitted_claim()
    asked = Endorsement({"coverage_amount": Decimal("90000.00")}, effective_at=claim.policy.start_date, no_known_loss="None.")
    endorse_policy(None, claim.policy_id, asked)
    return claim


def cancelled() -> Claim:
    claim = submitted_claim()
    cancel_policy(None, claim.policy_id)
    return claim


def without_claims() -> Claim:
    """A claim that has been taken away again, so that its policy can be deleted."""
    claim = submitted_claim()
    Claim.objects.filter(pk=claim.pk).delete()
    return claim


def without_policies() -> Claim:
    claim = without_claims()
    Policy.objects.filter(pk=claim.policy_id).delete()
    return claim


def with_quote(make: Callable[..., Quote]) -> Callable[[], Claim]:
    """A claim whose policy's customer has a quote as `make` leaves it."""

    def claim() -> Claim:
        made = submitted_claim()
        make(made.policy.customer)
        return made

    return claim


def application(claim: Claim) -> dict[str, Any]:
    return {
        "customerId": str(claim.policy.customer_id),
        "productId": str(making.product().pk),
        "startDate": making.days_ahead(9).isoformat(),
    }


def first_notice(claim: Claim) -> dict[str, Any]:
    loss = claim.policy.start_date + datetime.timedelta(days=1)
    return {"policyId": str(claim.policy_id), "claimType": "theft", "claimAmount": 100, "incidentDate": loss.isoformat()}


def correction(_claim: Claim) -> dict[str, Any]:
    return {"claimType": "fire", "claimAmount": 100, "incidentDate": _claim.incident_date.isoformat()}


def triage(_claim: Claim) -> dict[str, Any]:
    return {"severity": "high", "queueId": Queue.objects.get(name="General").pk, "reason": "Two families"}


def terms(_claim: Claim) -> dict[str, Any]:
    start = _claim.policy.start_date.isoformat()
    return {"policyType": "auto", "premiumAmount": 1, "coverageAmount": 2, "startDate": start, "endDate": "2199-01-01"}


def person(_claim: Claim) -> dict[str, Any]:
    return {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz"}


def billed() -> Claim:
    """A claim on a policy that owes 1,000.00."""
    claim = submitted_claim()
    tell(claim.policy, "1000.00", "new_business")
    return claim


def overpaid() -> Claim:
    claim = billed()
    receive_payment(None, claim.policy_id, amount=Decimal("1200.00"), method="card")
    return claim


def charged() -> Claim:
    claim = billed()
    charge_fee(None, claim.policy_id, amount=Decimal("25.00"), reason="Returned check")
    return claim


def contact() -> dict[str, Any]:
    return {"channel": "call", "direction": "incoming", "text": "Moved house."}


def with_paper() -> Claim:
    claim = submitted_claim()
    make_document(None, claim.policy_id, kind="schedule")
    return claim


def another(_claim: Claim) -> dict[str, Any]:
    return {"customerId": str(CustomerFactory.create().pk)}


def erasure(claim: Claim) -> dict[str, Any]:
    return {"reason": "By letter", "confirmEmail": claim.policy.customer.email}


def held() -> Claim:
    claim = submitted_claim()
    set_hold(None, claim.policy.customer_id, reason="Lawsuit")
    return claim


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
    "GET /api/customers/{customer}/export": Row(POLICIES | {"Compliance"} | OWNER, 200),
    "GET /api/customers/{customer}/export/pdf": Row(POLICIES | {"Compliance"} | OWNER, 200),
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
    "POST /api/claims/{claim}/deny": Row(CLAIMS, 200, processing, lambda _: {"reason": "No cover for wear"}),
    "POST /api/claims/{claim}/close": Row(CLAIMS, 200, decided),
    "POST /api/claims/{claim}/reopen": Row(CLAIMS - {"Adjuster"}, 200, decided, lambda _: {"reason": "New evidence"}),
    "POST /api/claims/{claim}/appeal": Row(CLAIMS | OWNER, 200, decided, lambda _: {"reason": "The pipe burst"}),
    "POST /api/claims/{claim}/ask": Row(CLAIMS, 200, processing, lambda _: {"question": "The plumber's invoice"}),
    "POST /api/claims/{claim}/received": Row(CLAIMS, 200, asked_for_information),
    "GET /api/claims/{claim}/decisions": Row(STAFF, 200),
    "GET /api/claims/{claim}/letters": READ,
    "POST /api/claims/{claim}/letters": Row(CLAIMS, 201, body=lambda _: {"kind": "acknowledgement"}),
    "GET /api/claims/{claim}/documents": READ,
    "POST /api/claims/{claim}/documents": Row(CLAIMS | OWNER, 201, body=lambda _: UPLOAD),
    "GET /api/claims/look-alikes": LIST,
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
    "GET /api/claims/{claim}/indicators": Row(CLAIMS | {"Compliance"}, 200),
    "POST /api/claims/{claim}/refer": Row(CLAIMS, 200, body=lambda _: {"reason": "Two receipts for one roof"}),
    "GET /api/claims/{claim}/investigation": Row(INVESTIGATORS, 200, referred),
    "POST /api/claims/{claim}/investigation/notes": Row(INVESTIGATORS, 201, referred, lambda _: {"text": "Called the roofer"}),
    "POST /api/claims/{claim}/investigation/close": Row(
        INVESTIGATORS, 200, referred, lambda _: {"outcome": "unfounded", "reason": "Both roofs exist"}
    ),
    "GET /api/claims/{claim}/money": Row(STAFF, 200),
    "GET /api/claims/{claim}/proof": Row(STAFF, 200, approved),
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


@pytest.fixture(autouse=True)
def _papers_go_into_a_folder_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def operations() -> list[str]:
    """As in TABLE: the method, and the path with its `{id}` called by what it identifies."""
    named = []
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        kind = KINDS.get(path.split("/")[2], "")
        named += [f"{method.upper()} {path.replace('{id}', f'{{{kind}}}').replace('{number}', f'{{{kind}_number}}')}" for method in methods]
    return named


def caller(role: str, claim: Claim) -> Caller:
    if role == "Anonymous":
        return Caller()
    users: dict[str, Callable[[], User]] = {
        "Administrator": superuser,
        "Policyholder": lambda: policyholder(claim.policy.customer),
        "Another policyholder": policyholder,
        "Nobody": somebody_without_a_role,
    }
    return Caller(users.get(role, lambda: staff(role))())


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
        entry_id=entries.values_list("pk", flat=True).first(),
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


def expected(row: Row, role: str, *, of_one_object: bool) -> set[int]:
    if role == "Anonymous":
        return {401}
    if role in row.may or (role == "Another policyholder" and row is LIST) or (role == "Another policyholder" and row.may == EVERYBODY):
        return {row.status}
    out_of_scope = role in ("Another policyholder", "Nobody")
    return {404} if out_of_scope and of_one_object else {403}


def test_every_path_has_a_row_and_every_row_a_path() -> None:
    assert sorted(operations()) == sorted(TABLE)


@pytest.mark.parametrize("operation", [name for name, row in TABLE.items() if row is not None])
def test_who_may_do_what(operation: str) -> None:
    row = TABLE[operation]
    assert row is not None
    claim = row.make()
    of_one_object = "{" in operation or operation in ("POST /api/claims", "POST /api/quotes")
    for role in CALLERS:
        with transaction.atomic():
            answer, wrote = asked_by(role, operation, row, claim)
            transaction.set_rollback(True)  # the next one finds it as this one did
        assert answer.status in expected(row, role, of_one_object=of_one_object), (role, answer)
        if answer.status >= 400 or operation.startswith("GET "):
            assert wrote <= KEPT_ALL_THE_SAME.get(operation, set()), (role, "who is refused, or only reads, changes nothing")


def asked_by(role: str, operation: str, row: Row, claim: Claim) -> tuple[Answer, set[str]]:
    """The answer, and the tables that it wrote to."""
    who = caller(role, claim)
    method, path = address(operation, claim)
    # To tie a log-in to it changes the customer, and to bill it the account.
    body = row.body(claim)
    current = '"2"' if (role == "Policyholder" and "/customers/" in path) or path.endswith("/billing") else '"1"'
    with written() as tables:
        if body is UPLOAD:
            return who.upload(path, "invoice.pdf", b"%PDF-1.7 invoice", kind="invoice"), tables
        return who.send(method, path, body, If_Match=current if method in ("PUT", "PATCH", "DELETE") else ""), tables


@pytest.mark.parametrize("path", ["/customers", "/policies", "/claims"])
def test_a_policyholder_sees_only_the_own_whatever_the_filter(path: str) -> None:
    mine, other = submitted_claim(), submitted_claim()
    owner = Caller(policyholder(mine.policy.customer))
    own = {"/customers": mine.policy.customer_id, "/policies": mine.policy_id, "/claims": mine.pk}[path]
    theirs = other.policy.customer
    for query in (
        "",
        "?page_size=100",
        f"?q={theirs.last_name}",
        f"?email={theirs.email}",
        f"?customer_id={theirs.pk}",
        f"?policy_id={other.policy_id}",
    ):
        answer = owner.get(path + query)
        assert answer.status == 200
        assert set(answer.ids) <= {str(own)}, query
    assert owner.get(path).ids == [str(own)]


def test_an_adjuster_acts_on_own_claims_and_nobodys_only() -> None:
    claim, first, second = submitted_claim(), Caller(staff("Adjuster")), Caller(staff("Adjuster"))
    assert first.post(f"/claims/{claim.pk}/assign").status == 200
    for command in ("assign", "start"):
        assert second.post(f"/claims/{claim.pk}/{command}").status == 403
    assert first.post(f"/claims/{claim.pk}/start").status == 200
    assert second.post(f"/claims/{claim.pk}/approve").errors == {"": "not_your_claim"}
    assert Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/approve").status == 200


def test_only_a_supervisor_gives_a_claim_to_another() -> None:
    claim, other = submitted_claim(), staff("Adjuster")
    body = {"assigneeId": str(other.pk)}
    assert Caller(staff("Adjuster")).post(f"/claims/{claim.pk}/assign", body).status == 403
    answer = Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/assign", body)
    assert (answer.status, answer.data["assigneeId"]) == (200, str(other.pk))
    nobody = {"assigneeId": str(CustomerFactory.create().pk)}
    assert Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/assign", nobody).errors == {"assigneeId": "not_a_handler"}


def test_the_commands_of_a_policy_and_a_claim_end_to_end() -> None:
    policy = PolicyFactory.create(coverage_amount=500_000)
    claim = submitted_claim(policy, claim_amount=100_000)
    maker, boss = Caller(staff("Adjuster")), Caller(staff("Supervisor"))
    assert maker.post(f"/claims/{claim.pk}/start").data["status"] == "processing"
    waiting = maker.post(f"/claims/{claim.pk}/approve", {"amount": 99000, "reason": "Estimate agreed"})
    assert (waiting.status, waiting.data["status"], waiting.data["stage"]) == (200, "processing", "awaiting_approval")
    assert maker.post(f"/claims/{claim.pk}/approve").errors == {"amount": "four_eyes"}
    assert boss.post(f"/claims/{claim.pk}/approve", {"amount": 99000.01}).errors == {"amount": "over_limit"}
    done = boss.post(f"/claims/{claim.pk}/approve")
    assert (done.data["status"], done.data["approvedAmount"]) == ("approved", 99000)
    assert boss.post(f"/claims/{claim.pk}/deny", {"reason": "x"}).errors == {"status": "not_allowed_now"}
    assert "closedAt" in boss.post(f"/claims/{claim.pk}/close").data
    assert boss.post(f"/claims/{claim.pk}/reopen", {}).errors == {"reason": "required"}
    reopened = boss.post(f"/claims/{claim.pk}/reopen", {"reason": "New evidence"})
    assert (reopened.data["status"], "closedAt" in reopened.data) == ("processing", False)
    cancelled = Caller(staff("Underwriter")).post(f"/policies/{policy.pk}/cancel", {"reason": "non_payment"})
    assert (cancelled.data["status"], cancelled.data["cancellationReason"]) == ("cancelled", "non_payment")
    assert Caller(staff("Underwriter")).post(f"/policies/{policy.pk}/cancel").status == 409

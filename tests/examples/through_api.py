"""The way in of programs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from tests.api.calling import Answer, Caller
from tests.clock import moment
from tests.examples.ways import Endorsed, Money, Refund, Refused, Way
from vanguard.accounts.models import User


class Api(Way):
    def _answer(self, user: User, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        answer = Caller(user).send(method, path, body, **headers)
        if answer.status >= 400:
            raise Refused(" ".join(f"{each['field']}: {each['message']}" for each in answer.body["errors"]))
        return answer

    def _post(self, user: User, path: str, body: Any = None) -> Any:
        return self._answer(user, "POST", path, body or {}).data

    def _get(self, user: User, path: str) -> Any:
        return self._answer(user, "GET", path).data

    def _previewed(self, policy: Policy, command: str, body: dict[str, Any]) -> Any:
        """Asks what it comes to, and does it."""
        path = f"/policies/{policy.pk}/{command}"
        seen = self._post(self.underwriter, f"{path}/preview", body)
        self._post(self.underwriter, path, body)
        return seen

    def _book(self, email: str, start: str, end: str, premium: Decimal, kind: str, limit: Decimal, deductible: Decimal) -> Policy:
        body = {
            "customerId": str(Customer.objects.get(email=email).pk),
            "policyType": kind,
            "premiumAmount": str(premium),
            "coverageAmount": str(limit),
            "deductibleAmount": str(deductible),
            "startDate": moment(start).isoformat(),
            "endDate": moment(end).isoformat(),
        }
        return Policy.objects.get(pk=self._post(self.underwriter, "/policies", body)["id"])

    def _cancel(self, policy: Policy, at: str, kept: Decimal | None) -> Refund:
        short = {"method": "short_rate", "penaltyShare": str(kept)} if kept is not None else {}
        settled = self._previewed(policy, "cancel", {"effectiveDate": moment(at).isoformat()} | short)["settlement"]
        return Refund(*(Decimal(settled[name]) for name in ("earnedAmount", "penaltyAmount", "refundAmount")))

    def _reinstate(self, policy: Policy, at: str) -> Decimal:
        body = {"effectiveDate": moment(at).isoformat()} if at else {}
        return Decimal(self._previewed(policy, "reinstate", body)["premiumChange"])

    def _factor(self, policy: Policy, at: str, name: str, value: str) -> Endorsed:
        seen = self._previewed(policy, "endorse", {"effectiveDate": moment(at).isoformat(), "factors": {name: value}})
        booked = self._get(self.underwriter, f"/policies/{policy.pk}/versions")["data"][0]
        assert booked["segments"] == seen["segments"]
        assert booked["changes"] == {f"factors.{name}": Decimal(value)}
        return Endorsed([each["premium"] for each in booked["segments"]], booked["premiumChange"])

    def raise_limit(self, policy: Policy, at: str, limit: str, *, statement: str = "") -> None:
        body = {"effectiveDate": moment(at).isoformat(), "coverageAmount": limit}
        self._post(self.underwriter, f"/policies/{policy.pk}/endorse", body | ({"noKnownLoss": statement} if statement else {}))

    def approve_endorsement(self, policy: Policy, by: User) -> None:
        self._post(by, f"/policies/{policy.pk}/approve")

    def renew(self, policy: Policy) -> Policy:
        return Policy.objects.get(pk=self._post(self.underwriter, f"/policies/{policy.pk}/renew")["id"])

    def pay_in_instalments(self, policy: Policy) -> list[Decimal]:
        path = f"/policies/{policy.pk}/billing"
        read = self._answer(self.underwriter, "GET", path)
        planned = self._answer(self.underwriter, "PUT", path, {"plan": "monthly"}, If_Match=read.etag)
        return [row["amount"] for row in planned.data["openInvoices"]]

    def pay_premium(self, policy: Policy, amount: str, received: str = "") -> None:
        body = {"amount": amount, "method": "card"} | ({"receivedAt": moment(received).isoformat()} if received else {})
        self._post(self.finance, f"/policies/{policy.pk}/payments", body)

    def owed(self, policy: Policy) -> Decimal:
        return Decimal(self._get(self.finance, f"/policies/{policy.pk}/billing")["balance"])

    def file(
        self, policy: Policy, loss: str, *, amount: str = "5000.00", kind: str = "water_damage", reported: str = "", state: str = ""
    ) -> Claim:
        body = {"policyId": str(policy.pk), "claimType": kind, "claimAmount": amount, "incidentDate": moment(loss).isoformat()}
        body |= {"reportedDate": moment(reported).isoformat()} if reported else {}
        body |= {"jurisdiction": state} if state else {}
        return Claim.objects.get(pk=self._post(self.adjuster, "/claims", body)["id"])

    def status_of(self, claim: Claim) -> str:
        return str(self._get(self.adjuster, f"/claims/{claim.pk}")["status"])

    def start(self, claim: Claim) -> None:
        self._post(self.adjuster, f"/claims/{claim.pk}/start")

    def approve(self, claim: Claim, by: User) -> Decimal | None:
        approved = self._post(by, f"/claims/{claim.pk}/approve").get("approvedAmount")
        return None if approved is None else Decimal(approved)

    def reserve(self, claim: Claim, amount: str, by: User) -> None:
        self._post(by, f"/claims/{claim.pk}/reserve", {"amount": amount, "reason": "Estimate"})

    def pay(self, claim: Claim, amount: str, by: User) -> str:
        self._post(by, f"/claims/{claim.pk}/pay", {"amount": amount})
        return str(self._payments(claim)[-1]["status"])

    def approve_payment(self, claim: Claim, by: User) -> None:
        self._post(by, f"/claims/{claim.pk}/payments/{self._payment(claim, 'requested')}/approve")

    def clear_payment(self, claim: Claim) -> None:
        self._post(self.finance, f"/claims/{claim.pk}/payments/{self._payment(claim, 'issued')}/clear")

    def _payments(self, claim: Claim) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._get(self.adjuster, f"/claims/{claim.pk}/money")["payments"]
        return rows

    def _payment(self, claim: Claim, status: str) -> str:
        return next(str(row["id"]) for row in self._payments(claim) if row["status"] == status)

    def close(self, claim: Claim) -> None:
        self._post(self.adjuster, f"/claims/{claim.pk}/close")

    def reopen(self, claim: Claim) -> None:
        self._post(self.supervisor, f"/claims/{claim.pk}/reopen", {"reason": "A second invoice"})

    def money(self, claim: Claim) -> Money:
        balance = self._get(self.adjuster, f"/claims/{claim.pk}/money")["balance"]
        return Money(*(Decimal(balance[name]) for name in ("paid", "outstanding", "incurred")))

    def deadlines(self, claim: Claim) -> Mapping[str, str]:
        return {row["reason"]: row["dueAt"][:10] for row in self._get(self.adjuster, f"/claims/{claim.pk}/clocks")}

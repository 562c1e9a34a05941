"""The way in of people: the forms of the workbench, opened, filled in and sent as a browser does."""

import datetime
import html
import re
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from claims.models import Claim
from policies.billing.models import BillingAccount
from policies.models import Policy
from tests.clock import moment
from tests.examples.ways import Endorsed, Money, Refund, Refused, Way
from tests.workbench.desk import Answer, claim_url, desk_of, source, words
from vanguard.accounts.models import User

FIELD = re.compile(r'<input type="(?:hidden|text|datetime-local)" name="(?P<name>\w+)"(?: value="(?P<value>[^"]*)")?')
AMOUNT = r"[−-]?\$?([\d,]+\.\d\d)"


def fields_of(page: str, form_id: str) -> dict[str, str]:
    """The form with this id as it opens: what it carries along, and what stands in its fields already."""
    form = page.partition(f'id="{form_id}"')[2].partition("</form>")[0]
    found = {each["name"]: html.unescape(each["value"] or "") for each in FIELD.finditer(form)}
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def amounts(text: str, pattern: str) -> list[Decimal]:
    """The amounts that the page shows where the pattern says."""
    found = re.search(pattern, text)
    assert found is not None, f"{pattern} in {text}"
    return [Decimal(each.replace(",", "")) for each in found.groups()]


class Admin(Way):
    def _typed(self, text: str) -> str:
        """A moment as the person types it, in the own time zone."""
        return moment(text).astimezone(zoneinfo.ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M") if text else ""

    def _send(self, user: User, url: str, *, form: str = "command-form", twice: bool = False, **fields: Any) -> tuple[Answer, Answer]:
        """Opens the form, fills it in and sends it; `twice` where it first shows what it comes to. Both pages that answered."""
        client = desk_of(user)
        filled = fields_of(source(client.get(url)), form) | fields
        shown = done = client.post(url, filled, follow=True)
        if twice and shown.status_code < 400:
            done = client.post(url, filled | fields_of(source(shown), form) | fields, follow=True)
        if done.status_code >= 400:
            raise Refused(words(done))
        return shown, done

    def _on_policy(self, user: User, policy: Policy, command: str, *, twice: bool = True, **fields: Any) -> str:
        """What the page shows before the command is given."""
        return words(self._send(user, f"/admin/policies/policy/{policy.pk}/{command}/", twice=twice, **fields)[0])

    def _on_claim(self, user: User, claim: Claim, command: str, **fields: Any) -> str:
        return source(self._send(user, claim_url(claim, command), **fields)[1])

    def _book(self, email: str, start: str, end: str, premium: Decimal, kind: str, limit: Decimal, deductible: Decimal) -> Policy:
        terms: dict[str, Any] = {
            "customer": email,
            "policy_type": kind.capitalize(),
            "premium_amount": f"{premium:,.2f}",
            "coverage_amount": f"{limit:,.2f}",
            "deductible_amount": f"{deductible:,.2f}",
            "start_date": self._typed(start),
            "end_date": self._typed(end),
        }
        self._send(self.underwriter, "/admin/policies/policy/add/", form="edit-form", **terms)
        return Policy.objects.get(customer__email=email)

    def _cancel(self, policy: Policy, at: str, kept: Decimal | None) -> Refund:
        short: dict[str, Any] = {"method": "short_rate", "penalty": f"{100 * kept:.0f}"} if kept is not None else {"method": ""}
        shown = self._on_policy(self.underwriter, policy, "cancel", reason="insured_request", effective_date=self._typed(at), **short)
        return Refund(*amounts(shown, rf"− earned, \d+ of \d+ days {AMOUNT} − penalty {AMOUNT} = refund {AMOUNT}"))

    def _reinstate(self, policy: Policy, at: str) -> Decimal:
        shown = self._on_policy(self.underwriter, policy, "reinstate", effective_date=self._typed(at), reason="Paid after all")
        return amounts(shown, rf"Charged again: {AMOUNT}")[0]

    def _factor(self, policy: Policy, at: str, name: str, value: str) -> Endorsed:
        asked: dict[str, Any] = {"effective_date": self._typed(at), "factor_name": name, "factor": value, "reason": ""}
        shown = self._on_policy(self.underwriter, policy, "endorse", **asked)
        before, after = amounts(shown, rf"Premium {AMOUNT} → {AMOUNT}")
        shares = re.findall(r"\d+ of \d+(?: [\d,]+\.\d\d){3} ([\d,]+\.\d\d)", shown)
        return Endorsed([Decimal(each.replace(",", "")) for each in shares], after - before)

    def raise_limit(self, policy: Policy, at: str, limit: str, *, statement: str = "") -> None:
        asked: dict[str, Any] = {"effective_date": self._typed(at), "coverage_amount": f"{Decimal(limit):,.2f}", "reason": ""}
        self._on_policy(self.underwriter, policy, "endorse", **asked | ({"no_known_loss": statement} if statement else {}))

    def approve_endorsement(self, policy: Policy, by: User) -> None:
        self._on_policy(by, policy, "approve", twice=False)

    def renew(self, policy: Policy) -> Policy:
        self._on_policy(self.underwriter, policy, "renew")
        return Policy.objects.get(renews=policy)

    def _on_account(self, user: User, policy: Policy, command: str, **fields: Any) -> str:
        account = BillingAccount.objects.get(policy=policy)
        return words(self._send(user, f"/admin/billing/billingaccount/{account.pk}/{command}/", **fields)[1])

    def pay_in_instalments(self, policy: Policy) -> list[Decimal]:
        page = self._on_account(self.underwriter, policy, "plan", plan="monthly")
        return [Decimal(each) for each in re.findall(r"([\d.]+) of \1", page) if Decimal(each)]

    def pay_premium(self, policy: Policy, amount: str, received: str = "") -> None:
        self._on_account(self.finance, policy, "pay", amount=amount, method="card", reference="", received_at=received)

    def owed(self, policy: Policy) -> Decimal:
        account = BillingAccount.objects.get(policy=policy)
        page = words(desk_of(self.finance).get(f"/admin/billing/billingaccount/{account.pk}/change/"))
        return amounts(page, rf"is the balance {AMOUNT}")[0]

    def file(
        self, policy: Policy, loss: str, *, amount: str = "5000.00", kind: str = "water_damage", reported: str = "", state: str = ""
    ) -> Claim:
        notice: dict[str, Any] = {
            "policy": policy.policy_number,
            "claim_type": kind.replace("_", " ").capitalize(),
            "claim_amount": f"{Decimal(amount):,}",
            "incident_date": self._typed(loss),
            "reported_date": self._typed(reported),
            "jurisdiction": state,
        }
        self._send(self.adjuster, "/admin/claims/claim/add/", form="edit-form", **notice)
        return policy.claims.latest("created_at")

    def status_of(self, claim: Claim) -> str:
        page = source(desk_of(self.adjuster).get(claim_url(claim)))
        found = re.search(r"<span class=\"wb-chip[^>]*>(?:<[^>]*>)*\s*([A-Z][a-z]+)", page)
        assert found is not None
        return found[1].lower()

    def start(self, claim: Claim) -> None:
        self._on_claim(self.adjuster, claim, "start")

    def approve(self, claim: Claim, by: User) -> Decimal | None:
        payable = fields_of(source(desk_of(by).get(claim_url(claim, "approve"))), "command-form")["amount"]
        page = self._on_claim(by, claim, "approve", reason="")
        return None if "second person" in page.partition("messagelist")[2].partition("</ul>")[0] else Decimal(payable.replace(",", ""))

    def reserve(self, claim: Claim, amount: str, by: User) -> None:
        self._on_claim(by, claim, "reserve", amount=amount, cost_type="indemnity", reason="Estimate")

    def pay(self, claim: Claim, amount: str, by: User) -> str:
        payee = claim.policy.customer.full_name
        page = self._on_claim(by, claim, "pay", amount=amount, cost_type="indemnity", payee=payee)
        says = {"waits for a second person": "requested", "is approved; Finance issues it": "approved", "is issued": "issued"}
        return next(state for told, state in says.items() if told in page)

    def approve_payment(self, claim: Claim, by: User) -> None:
        self._on_claim(by, claim, "approve-payment", payment=str(claim.payments.get(status="requested").pk))

    def clear_payment(self, claim: Claim) -> None:
        self._on_claim(self.finance, claim, "clear", payment=str(claim.payments.get(status="issued").pk))

    def close(self, claim: Claim) -> None:
        self._on_claim(self.adjuster, claim, "close")

    def reopen(self, claim: Claim) -> None:
        self._on_claim(self.supervisor, claim, "reopen", reason="A second invoice")

    def money(self, claim: Claim) -> Money:
        page = words(desk_of(self.adjuster).get(claim_url(claim)))
        return Money(*amounts(page, rf"Paid {AMOUNT} \+ outstanding {AMOUNT} − recoveries 0.00 = incurred {AMOUNT}"))

    def deadlines(self, claim: Claim) -> Mapping[str, str]:
        page = words(desk_of(self.adjuster).get(claim_url(claim)))
        rows = re.findall(r"(\d+ (?:business )?days after [^,]+, \d+ \w+),.*? due (\d+ \w+ \d{4})", page)
        return {reason: _day(due) for reason, due in rows}


def _day(shown: str) -> str:
    """3 Jan 2026 → 2026-01-03."""
    return datetime.datetime.strptime(shown, "%d %b %Y").replace(tzinfo=datetime.UTC).date().isoformat()

"""Every page × every role: who sees it, who is refused, and that nobody changes anything by opening an address (S16).

More of it: tests/security/long/every_address.py.
"""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver

from claims.clocks.models import ClockRule, Holiday
from claims.diary.models import DiaryRule
from claims.fraud.models import FraudRule
from claims.intake.models import Queue, TriageRule
from claims.models import Claim, ClaimTransition
from claims.oversight.services import ask_for_pack, verify_books
from claims.services import ToldClaimant, add_claimant, take_notice
from policies.products.services import draft_version
from tests.billing.books import booked, unallocated
from tests.factories import adjuster, submitted_claim, superuser
from tests.quotes.making import product, referred
from tests.security.effects import written
from tests.workbench.desk import BACKEND
from vanguard.webhooks.services import subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.once]
STAFF = ("adjuster", "supervisor", "underwriter", "finance", "compliance", "administrator")
CLAIM_HANDLERS = ("adjuster", "supervisor", "administrator")
INVESTIGATORS = ("supervisor", "compliance", "administrator")
UNDERWRITERS = ("underwriter", "administrator")
FINANCE = ("finance", "administrator")
WATCHERS = ("supervisor", "finance", "compliance", "administrator")
EXAMINERS = ("compliance", "administrator")
REHEARSERS = ("supervisor", *EXAMINERS)
MERGERS = ("supervisor", *UNDERWRITERS)

# page → the roles that see it; everybody else is refused. {claim}, {policy}, {customer} stand for a record's key.
PAGES: dict[str, tuple[str, ...]] = {
    "": STAFF,
    "search/?q=finch": STAFF,
    "claims/claim/": STAFF,
    "claims/claim/?view=all": STAFF,
    "claims/claim/add/": CLAIM_HANDLERS,
    "claims/claim/policies/?q=POL": CLAIM_HANDLERS,
    "claims/claim/news/": STAFF,
    "claims/claim/{claim}/change/": STAFF,
    "claims/claim/{claim}/since/": STAFF,
    "claims/claim/{claim}/edit/": CLAIM_HANDLERS,
    "claims/claim/{claim}/take/": CLAIM_HANDLERS,
    "claims/claim/{claim}/start/": CLAIM_HANDLERS,
    "claims/claim/{claim}/approve/": CLAIM_HANDLERS,
    "claims/claim/{claim}/check-cover/": CLAIM_HANDLERS,
    "claims/claim/{claim}/question-cover/": CLAIM_HANDLERS,
    "claims/claim/{claim}/evaluate/": CLAIM_HANDLERS,
    "claims/claim/{claim}/look-further/": CLAIM_HANDLERS,
    "claims/claim/{claim}/withdraw/": CLAIM_HANDLERS,
    "claims/claim/{claim}/deny/": CLAIM_HANDLERS,
    "claims/claim/{claim}/appeal/": CLAIM_HANDLERS,
    "claims/claim/{claim}/ask/": CLAIM_HANDLERS,
    "claims/claim/{claim}/received/": CLAIM_HANDLERS,
    "claims/claim/{claim}/letter/": CLAIM_HANDLERS,
    "claims/claim/{claim}/close/": CLAIM_HANDLERS,
    "claims/claim/{claim}/remove/": CLAIM_HANDLERS,
    "claims/claim/{claim}/note/": CLAIM_HANDLERS,
    "claims/claim/{claim}/document/": CLAIM_HANDLERS,
    "claims/claim/{claim}/reserve/": CLAIM_HANDLERS,
    "claims/claim/{claim}/pay/": (*CLAIM_HANDLERS, "finance"),
    "claims/claim/{claim}/approve-payment/": CLAIM_HANDLERS,
    "claims/claim/{claim}/issue/": FINANCE,
    "claims/claim/{claim}/clear/": FINANCE,
    "claims/claim/{claim}/stop/": (*CLAIM_HANDLERS, "finance"),
    "claims/claim/{claim}/void/": FINANCE,
    "claims/claim/{claim}/recover/": FINANCE,
    "claims/claim/{claim}/reverse-recovery/": FINANCE,
    "claims/claim/{claim}/assign/": ("supervisor", "administrator"),
    "claims/claim/{claim}/reopen/": ("supervisor", "administrator"),
    "claims/claim/{claim}/triage/": CLAIM_HANDLERS,
    "claims/claim/{claim}/release/": CLAIM_HANDLERS,
    "claims/claim/{claim}/link/": CLAIM_HANDLERS,
    "claims/claim/{claim}/refer/": CLAIM_HANDLERS,
    "claims/claim/{claim}/add-claimant/": CLAIM_HANDLERS,
    "claims/claim/{claim}/end-claimant/": CLAIM_HANDLERS,
    "claims/claim/{claim}/reveal-claimant/": STAFF,
    "claims/claim/{claim}/erase-claimant/": ("compliance", "administrator"),
    "claims/claim/{claim}/export/{claimant}/": ("compliance", "underwriter", "administrator"),
    "claims/claim/{claim}/investigate/": INVESTIGATORS,
    "claims/claim/{claim}/end-referral/": INVESTIGATORS,
    "claims/claim/{claim}/extend/": CLAIM_HANDLERS,
    "claims/claim/{claim}/jurisdiction/": CLAIM_HANDLERS,
    "claims/claim/{claim}/inquire/": CLAIM_HANDLERS,
    "claims/claim/{claim}/answer/": CLAIM_HANDLERS,
    "claims/claim/handover/": ("supervisor", "administrator"),
    "intake/noticedraft/": STAFF,
    "intake/noticedraft/?view=discarded": STAFF,
    "intake/noticedraft/add/": CLAIM_HANDLERS,
    "intake/noticedraft/{notice}/change/": STAFF,
    "intake/noticedraft/{notice}/file/": CLAIM_HANDLERS,
    "intake/noticedraft/{notice}/record/": CLAIM_HANDLERS,
    "intake/noticedraft/{notice}/discard/": CLAIM_HANDLERS,
    "intake/queue/": STAFF,
    "intake/queue/add/": ("supervisor", "administrator"),
    "intake/queue/{queue}/change/": STAFF,
    "intake/triagerule/": STAFF,
    "intake/triagerule/add/": ("supervisor", "administrator"),
    "intake/triagerule/{rule}/change/": STAFF,
    "clocks/clockrule/": STAFF,
    "clocks/clockrule/add/": ("supervisor", "administrator"),
    "clocks/clockrule/{clock_rule}/change/": STAFF,
    "clocks/holiday/": STAFF,
    "clocks/holiday/add/": ("supervisor", "administrator"),
    "clocks/holiday/{holiday}/change/": STAFF,
    "clocks/holiday/{holiday}/delete/": ("supervisor", "administrator"),
    "claims/claim/{claim}/diary/": CLAIM_HANDLERS,
    "diary/diaryentry/": STAFF,
    "diary/diaryentry/?view=team": STAFF,
    "diary/diaryentry/news/": STAFF,
    "diary/diaryentry/{entry}/done/": CLAIM_HANDLERS,
    "diary/diaryentry/{entry}/move/": CLAIM_HANDLERS,
    "diary/diaryrule/": STAFF,
    "diary/diaryrule/add/": ("supervisor", "administrator"),
    "diary/diaryrule/{diary_rule}/change/": STAFF,
    "fraud/fraudrule/": INVESTIGATORS,
    "fraud/fraudrule/add/": ("supervisor", "administrator"),
    "fraud/fraudrule/{fraud_rule}/change/": INVESTIGATORS,
    "policies/policy/": STAFF,
    "policies/policy/add/": UNDERWRITERS,
    "policies/policy/customers/?q=fi": UNDERWRITERS,
    "claims/claim/customers/?q=fi": CLAIM_HANDLERS,
    "policies/policy/{policy}/change/": STAFF,
    "policies/policy/{policy}/edit/": UNDERWRITERS,
    "policies/policy/{policy}/cancel/": UNDERWRITERS,
    "policies/policy/{policy}/endorse/": UNDERWRITERS,
    "policies/policy/{policy}/approve/": UNDERWRITERS,
    "policies/policy/{policy}/decline/": UNDERWRITERS,
    "policies/policy/{policy}/reinstate/": UNDERWRITERS,
    "policies/policy/{policy}/renew/": UNDERWRITERS,
    "policies/policy/{policy}/remove/": UNDERWRITERS,
    "products/product/": STAFF,
    "products/product/add/": UNDERWRITERS,
    "products/product/{product}/change/": STAFF,
    "products/product/{product}/compare/": STAFF,
    "products/product/{product}/draft/": UNDERWRITERS,
    "products/product/{product}/resume/": ("administrator",),
    "products/product/{product}/withdraw/": ("administrator",),
    "products/productversion/{draft}/change/": STAFF,
    "products/productversion/{draft}/edit/": UNDERWRITERS,
    "products/productversion/{draft}/publish/": ("administrator",),
    "products/productversion/{draft}/remove/": UNDERWRITERS,
    "products/productversion/{draft}/addcoverage/": UNDERWRITERS,
    "products/productversion/{draft}/addfactor/": UNDERWRITERS,
    "products/productversion/{draft}/clause/": UNDERWRITERS,
    "products/productversion/{draft}/removeclause/": UNDERWRITERS,
    "products/coverage/{coverage}/edit/": UNDERWRITERS,
    "products/coverage/{coverage}/remove/": UNDERWRITERS,
    "products/ratingfactor/{factor}/edit/": UNDERWRITERS,
    "products/ratingfactor/{factor}/remove/": UNDERWRITERS,
    "quotes/quote/": STAFF,
    "quotes/quote/?view=referred": STAFF,
    "quotes/quote/add/": UNDERWRITERS,
    "quotes/quote/{quote}/change/": STAFF,
    "quotes/quote/{quote}/price/": UNDERWRITERS,
    "quotes/quote/{quote}/approve/": UNDERWRITERS,
    "quotes/quote/{quote}/decline/": UNDERWRITERS,
    "quotes/quote/{quote}/bind/": UNDERWRITERS,
    "quotes/underwritingrule/": STAFF,
    "billing/billingaccount/": STAFF,
    "billing/billingaccount/?view=overdue": STAFF,
    "billing/billingaccount/{account}/change/": STAFF,
    "billing/billingaccount/{account}/pay/": FINANCE,
    "billing/billingaccount/{account}/refund/": FINANCE,
    "billing/billingaccount/{account}/reverse/": FINANCE,
    "billing/billingaccount/{account}/writeoff/": FINANCE,
    "billing/billingaccount/{account}/fee/": FINANCE,
    "billing/billingaccount/{account}/plan/": ("underwriter", *FINANCE),
    "billing/billingaccount/add/": (),
    "billing/providerevent/add/": (),
    "billing/providerevent/": FINANCE,
    "billing/providerevent/{event}/change/": FINANCE,
    "billing/providerevent/{event}/allocate/": FINANCE,
    "billing/graceperiod/": ("administrator",),
    "billing/graceperiod/add/": ("administrator",),
    "customers/customer/": STAFF,
    "customers/customer/add/": UNDERWRITERS,
    "customers/customer/{customer}/change/": STAFF,
    "customers/customer/{customer}/edit/": UNDERWRITERS,
    "customers/customer/{customer}/remove/": UNDERWRITERS,
    "customers/customer/{customer}/contact/": tuple(role for role in STAFF if role != "compliance"),
    "customers/customer/{customer}/duplicates/": MERGERS,
    "customers/customer/{customer}/erase/": ("compliance", "administrator"),
    "customers/customer/{customer}/hold/": ("compliance", "administrator"),
    "customers/customer/{customer}/lift-hold/": ("compliance", "administrator"),
    "customers/customer/{customer}/reveal/": STAFF,
    "customers/customer/{customer}/break-glass/": tuple(role for role in STAFF if role != "compliance"),
    "customers/customer/{customer}/export/": ("compliance", "underwriter", "administrator"),
    "customers/customer/{customer}/merge/": MERGERS,
    "customers/customer/{customer}/unmerge/": MERGERS,
    "reports/": STAFF,
    "reports/development/": STAFF,
    "reports/loss-ratio/": STAFF,
    "reports/inventory/": STAFF,
    "reports/cycle-time/": STAFF,
    "reports/deadlines/": STAFF,
    "reports/bordereau/": STAFF,
    "reports/entries/?of=loss_incurred:2026-01-31::": STAFF,
    "claims/claim/{claim}/change/?known=2200-01-01": STAFF,
    "books/": WATCHERS,
    "books/{run}/": WATCHERS,
    "books/{run}/totals/": WATCHERS,
    "packs/": EXAMINERS,
    "packs/new/": EXAMINERS,
    "packs/{pack}/": EXAMINERS,
    "rehearsal/": REHEARSERS,
    "rehearsal/authority/": REHEARSERS,
    "rehearsal/clocks/": REHEARSERS,
    "rehearsal/fraud/": REHEARSERS,
    "accounts/user/": ("administrator",),
    "accounts/user/add/": ("administrator",),
    "accounts/user/invite/": ("administrator",),
    "accounts/user/{user}/access/": ("administrator",),
    "account/": STAFF,
    "account/second-factor/": STAFF,
    "auth/group/": ("administrator",),
    "claims/authoritylimit/": ("administrator",),
    "decisions/denialreason/": ("administrator",),
    "decisions/denialreason/add/": ("administrator",),
    "letters/jurisdictiontext/": ("administrator",),
    "letters/jurisdictiontext/add/": ("administrator",),
    "auditlog/logentry/": ("compliance", "administrator"),
    "audit/": ("compliance", "administrator"),
    "audit/chain/": ("compliance", "administrator"),
    "jobs/": ("administrator",),
    "letters/": ("administrator",),
    "webhooks/": ("administrator",),
    "webhooks/new/": ("administrator",),
    "webhooks/{webhook}/": ("administrator",),
    "webhooks/{webhook}/?state=given_up": ("administrator",),
    "webhooks/{webhook}/edit/": ("administrator",),
}
# Pages that answer by going somewhere else, have a test of their own, or are Django's for everybody who is logged in.
ELSEWHERE = {
    "delete", "history", "next", "reassign", "download", "login", "logout", "password_change", "password_change_done",
    "jsi18n", "autocomplete", "view_on_site", "app_list", "user_password_change", "make",
    "proof", "proof_of",
}  # fmt: skip


# Versions are drafted, and parts are added on their version's page: these addresses are there, and nobody makes anything by them.
MADE_BY_COMMANDS = [
    "diary_diaryentry_add",
    "diary_diaryentry_change",
    "products_coverage_add",
    "products_coverage_change",
    "products_productversion_add",
    "products_ratingfactor_add",
    "products_ratingfactor_change",
]


@pytest.fixture
def records(db: None) -> dict[str, str]:
    claim, draft = submitted_claim(), draft_version(None, product().pk)
    account, event = booked(), unallocated()
    return {
        "claim": str(claim.pk),
        "claimant": str(add_claimant(None, claim.pk, ToldClaimant("other", name="Nora Vale")).pk),
        "user": str(adjuster().pk),
        "policy": str(claim.policy_id),
        "customer": str(claim.policy.customer_id),
        "product": str(draft.product_id),
        "draft": str(draft.pk),
        "coverage": str(draft.coverages.all()[0].pk),
        "factor": str(draft.factors.all()[0].pk),
        "quote": str(referred().pk),
        "account": str(account.pk),
        "event": str(event.pk),
        "run": str(verify_books(["totals"]).pk),
        "pack": str(ask_for_pack(None, reason="Examination", numbers=claim.claim_number).pk),
        "notice": str(take_notice(None, caller_name="Rosa Delgado").pk),
        "queue": str(Queue.objects.get(name="General").pk),
        "rule": str(TriageRule.objects.get(name="Large").pk),
        "clock_rule": str(ClockRule.objects.get(jurisdiction="US-TX", kind="pay").pk),
        "holiday": str(Holiday.objects.earliest("date").pk),
        "entry": str(claim.diary.get().pk),
        "diary_rule": str(DiaryRule.objects.get(stage="paid").pk),
        "webhook": str(subscribe(None, name="Partner", url="http://127.0.0.1:9/", event_types=["claim.filed"])[0].pk),
        "fraud_rule": str(FraudRule.objects.get(code="threshold").pk),
    }


def test_a_page_is_seen_by_its_roles_and_refused_to_the_others(everybody: dict[str, Client], records: dict[str, str]) -> None:
    wrong, wrote, kept = [], {}, []
    for page, seen_by in PAGES.items():
        for role, client in everybody.items():
            with written() as tables:
                answer = client.get("/admin/" + page.format(**records))
            if answer.status_code != (200 if role in seen_by else 403):
                wrong.append((page, role, answer.status_code))
            if tables:
                wrote[page, role] = tables
            if role in seen_by and "no-store" not in answer.headers.get("Cache-Control", ""):
                kept.append(page)
    assert wrong == []
    assert wrote == {}, "opening an address is no way to change anything"
    assert kept == [], "a browser keeps no page of the workbench"


def test_sending_a_form_of_another_role_changes_nothing(everybody: dict[str, Client], records: dict[str, str]) -> None:
    before, fields = ClaimTransition.objects.count(), {"amount": "1.00", "reason": "insured_request", "claim_amount": "1.00"}
    for page, seen_by in PAGES.items():
        if page.split("?")[0].endswith(("/approve/", "/deny/", "/assign/", "/cancel/", "/edit/", "/add/", "/remove/", "/pay/", "/fee/")):
            for role in set(STAFF) - set(seen_by):
                assert everybody[role].post("/admin/" + page.format(**records), fields).status_code == 403, (page, role)
    assert ClaimTransition.objects.count() == before


def test_no_address_of_the_workbench_is_missing_from_the_table() -> None:
    """Stock forms of administrators are left: Django's own permission checks stand before them."""
    own = {
        "claims",
        "clocks",
        "diary",
        "intake",
        "fraud",
        "policies",
        "products",
        "quotes",
        "billing",
        "papers",
        "customers",
        "accounts",
    }
    missing = []
    for name in _names(admin.site.get_urls()):
        app, _, rest = name.partition("_")
        model, _, what = rest.partition("_")
        if (
            app in own
            and what
            and what not in {"changelist", *ELSEWHERE}
            and not any(f"{model}/" in page and f"/{what}/" in page for page in PAGES)
        ):
            missing.append(name)
    stock = ["accounts_user_change", "billing_graceperiod_change", "claims_authoritylimit_add", "claims_authoritylimit_change"]
    assert sorted(missing) == sorted([*stock, *MADE_BY_COMMANDS, "quotes_underwritingrule_add", "quotes_underwritingrule_change"])


def test_no_view_of_the_workbench_takes_a_form_from_another_site() -> None:
    exempt = [pattern.name for pattern in patterns_of(admin.site.get_urls()) if getattr(pattern.callback, "csrf_exempt", False)]
    assert exempt == []
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(superuser(), backend=BACKEND)
    assert browser.post("/admin/claims/claim/next/", headers={"Origin": "https://evil.example"}).status_code == 403


def test_without_a_log_in_every_page_leads_to_the_log_in(records: dict[str, str]) -> None:
    for page in PAGES:
        response = Client().get("/admin/" + page.format(**records))
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/?next=")


def test_the_stock_forms_stay_shut_even_for_a_superuser(everybody: dict[str, Client], records: dict[str, str]) -> None:
    for app, model in (("claims", "claim"), ("policies", "policy"), ("customers", "customer")):
        url = f"/admin/{app}/{model}/{records[model]}/"
        assert everybody["administrator"].post(url + "change/", {"status": "approved"}).status_code == 405
        assert everybody["administrator"].post(url + "delete/", {"post": "yes"}).status_code == 302
    assert Claim.objects.get(pk=records["claim"]).status == "pending"


def _names(patterns: list[URLPattern | URLResolver]) -> list[str]:
    return [pattern.name for pattern in patterns_of(patterns) if pattern.name]


def patterns_of(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
    found: list[URLPattern] = []
    for pattern in patterns:
        found += patterns_of(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern]
    return found

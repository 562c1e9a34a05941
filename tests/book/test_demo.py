"""manage.py seed_demo: log-ins that work, a book, and open work for every queue; made once, and only where a demo is allowed."""

import re
import tempfile
from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import TestCase, override_settings
from django.utils import timezone
from pytest_django.fixtures import Settings

from claims.authority import authority_of
from claims.clocks.reading import next_clock
from claims.demo.password import generated
from claims.demo.people import COLLEAGUES, LOG_INS
from claims.diary.models import DiaryEntry
from claims.fraud.facts import facts_of
from claims.letters.models import LetterKind
from claims.letters.services import draft
from claims.models import Claim, ClaimNote, ClaimPayment, ClaimTransition
from claims.oversight.services import verify_books
from claims.services import approve_claim, approve_payment, issue_payment
from claims.services.proving import settlement_of
from claims.services.staging import work_on
from customers.models import Customer
from policies.billing.models import BillingAccount, LedgerEntry, Notice
from policies.billing.reading import figures, today
from policies.billing.services.adjustments import open_on
from policies.models import EndorsementRequest, Policy
from policies.quotes.models import Quote
from policies.quotes.services import approve_quote
from policies.services import approve_endorsement
from tests.book.bordereaux import sample_rows, write
from tests.databases import on_postgresql
from vanguard.accounts.models import User
from vanguard.accounts.permissions import role_names
from vanguard.accounts.services import check_password_policy
from vanguard.money import to_cents

EMAILS = [f"{name}@vanguard.example" for name in ("admin", "adjuster", "supervisor", "underwriter", "finance", "compliance", "customer")]


def seed(folder: Path, *arguments: str) -> str:
    out = StringIO()
    book = write(folder / "book.csv", sample_rows(40))
    call_command("seed_demo", "--book", str(book), *arguments, stdout=out)
    return out.getvalue()


def everything() -> tuple[object, ...]:
    models = (User, Customer, Policy, Claim, ClaimTransition, ClaimNote, DiaryEntry, Quote, BillingAccount, LedgerEntry)
    return (*(model._default_manager.count() for model in models), *User.objects.order_by("pk").values_list("password", "token_version"))


class DemoTest(TestCase):
    """A class, because Django then makes the demo once for all of them."""

    folder: ClassVar[Path]
    printed: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.enterClassContext(override_settings(DEMO_PASSWORD="", DEMO_PASSWORD_FILE=cls.folder / "var" / "demo-password"))
        cls.enterClassContext(override_settings(MEDIA_ROOT=cls.folder / "documents"))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        cls.printed = seed(cls.folder, "--address", "http://127.0.0.1:8123")
        # The server does so by itself once rows are committed, and these are not: planned by what it last noted of these tables, which
        # other tests fill and empty, the proof of the books may take minutes.
        on_postgresql("ANALYZE")

    @classmethod
    def tearDownClass(cls) -> None:
        super().tearDownClass()
        # Nor is a later test of this worker to be planned for rows that are gone, or to read past them.
        on_postgresql("VACUUM (ANALYZE, TRUNCATE)")

    @property
    def password(self) -> str:
        return (self.folder / "var" / "demo-password").read_text().strip()

    def test_the_log_ins_are_printed_with_their_password_and_the_address(self) -> None:
        assert all(email in self.printed for email in EMAILS)
        assert self.password in self.printed
        assert "http://127.0.0.1:8123/admin/" in self.printed

    def test_the_password_is_kept_where_only_its_owner_can_read_it(self) -> None:
        assert (self.folder / "var" / "demo-password").stat().st_mode & 0o777 == 0o600
        check_password_policy(User(email="anybody@vanguard.example"), self.password)

    def test_each_log_in_has_the_password_and_the_standing_of_its_role(self) -> None:
        users = {user.email: user for user in User.objects.filter(email__in=EMAILS)}
        assert all(users[email].check_password(self.password) and users[email].is_active for email in EMAILS)
        assert [email for email in EMAILS if users[email].is_superuser] == ["admin@vanguard.example"]
        assert [email for email in EMAILS if not users[email].is_staff] == ["customer@vanguard.example"]
        assert [role_names(users[email]) for email in EMAILS] == [
            ["Administrator"],
            ["Adjuster"],
            ["Supervisor"],
            ["Underwriter"],
            ["Finance"],
            ["Compliance"],
            ["Policyholder"],
        ]

    def test_each_role_may_what_it_should(self) -> None:
        may = {
            "adjuster": ("claims.approve_claim", "claims.view_reports"),
            "supervisor": ("claims.approve_claim", "claims.reopen_claim", "claims.handle_any_claim"),
            "underwriter": ("policies.add_policy", "customers.change_customer"),
            "finance": ("claims.view_claim", "claims.view_reports"),
            "compliance": ("auditlog.view_logentry", "claims.view_claim"),
        }
        may_not = {"underwriter": "claims.approve_claim", "finance": "claims.approve_claim", "compliance": "claims.change_claim"}
        for name, permissions in may.items():
            assert User.objects.get(email=f"{name}@vanguard.example").has_perms(permissions), name
        for name, permission in may_not.items():
            assert not User.objects.get(email=f"{name}@vanguard.example").has_perm(permission), name

    def test_the_policyholder_sees_the_own_policies_and_claims_and_no_others(self) -> None:
        holder = User.objects.get(email="customer@vanguard.example")
        assert not holder.get_all_permissions()
        own = Claim.objects.visible_to(holder)
        assert set(own.values_list("policy__customer__user", flat=True)) == {holder.pk}
        assert len(set(own.values_list("stage", flat=True))) == own.count() == 4
        assert Policy.objects.visible_to(holder).count() == 2
        assert Customer.objects.visible_to(holder).get().email == holder.email

    def test_colleagues_are_there_and_cannot_log_in(self) -> None:
        colleagues = User.objects.filter(email__in=[person.email for person in COLLEAGUES])
        assert colleagues.count() == len(COLLEAGUES) >= 4
        assert not any(colleague.has_usable_password() for colleague in colleagues)

    def test_its_books_add_up(self) -> None:
        run = verify_books()
        assert [(each.name, each.offenders) for each in run.results.all() if not each.is_green] == []

    def test_200_claims_are_open_in_all_stages_that_work_comes_to(self) -> None:
        stages = Counter(Claim.objects.open().values_list("stage", flat=True))
        assert stages.total() == 200
        work = {"coverage_check", "investigation", "evaluation"}
        assert set(stages) == {"triaged", "assigned", *work, "awaiting_approval", "payment_pending", "denied"}
        assert all(work_on(claim).stage == claim.stage for claim in Claim.objects.open().filter(stage__in=work))
        assert Claim.objects.unassigned().count() == stages["triaged"] == 40

    def test_the_adjuster_has_claims_that_are_late_due_today_and_due_soon(self) -> None:
        now = timezone.now()
        queue = Claim.objects.queue_of(User.objects.get(email="adjuster@vanguard.example"))
        days = [(due_at.date() - now.date()).days for due_at in queue.values_list("due_at", flat=True) if due_at]
        assert 20 <= len(days) <= 50
        assert any(day < 0 for day in days)
        assert any(0 <= day <= 2 for day in days)
        assert sum(day > 7 for day in days) > len(days) / 3
        assert Claim.objects.due_before(now).count() < 40

    def test_the_adjusters_diary_has_something_late_something_for_today_and_more_to_come(self) -> None:
        diary = DiaryEntry.objects.of(User.objects.get(email="adjuster@vanguard.example"))
        days = [(entry.due_on - timezone.now().date()).days for entry in diary]
        assert len(days) >= 20
        assert 0 < sum(day < 0 for day in days) < len(days) / 3
        assert any(day == 0 for day in days)
        assert DiaryEntry.objects.filter(ending="done").exclude(outcome="").exists()

    def test_the_deadline_of_each_open_claim_is_the_one_that_the_rules_give(self) -> None:
        for claim in Claim.objects.open():
            deadline = next_clock(claim)
            assert deadline is not None
            assert claim.due_at == deadline.due_at, claim.stage

    def test_each_history_leads_to_where_the_claim_stands_and_never_into_the_future(self) -> None:
        for claim in Claim.objects.open().prefetch_related("transitions"):
            steps = list(claim.transitions.all())
            assert steps[0].command == "submit"
            assert all(before.to_status == after.from_status and before.at <= after.at for before, after in pairwise(steps))
            assert (steps[-1].to_status, steps[-1].stage) == (claim.status, claim.stage)
            assert steps[-1].at <= timezone.now()

    def test_every_loss_was_covered_and_every_approval_is_within_what_is_payable_and_whose_authority(self) -> None:
        for claim in Claim.objects.open().select_related("policy", "assignee", "proposed_by"):
            assert claim.policy.is_in_force_at(claim.incident_date)
            assert claim.policy.status == "active"
            assert claim.policy.is_in_force
            payable = settlement_of(claim).payable + claim.paid_amount
            if claim.proposed_amount is not None and claim.proposed_by is not None:
                assert (authority_of(claim.proposed_by, claim.claim_type) or 0) < claim.proposed_amount <= payable
            if claim.approved_amount is not None:
                assert 0 < claim.approved_amount <= payable
                approval = claim.transitions.get(command="approve")
                assert approval.actor is not None
                assert claim.approved_amount <= (authority_of(approval.actor, claim.claim_type) or 0)

    def test_the_supervisor_can_approve_what_adjusters_proposed(self) -> None:
        supervisor = User.objects.get(email="supervisor@vanguard.example")
        limit = authority_of(supervisor, "") or 0
        waiting = list(Claim.objects.awaiting_approval())
        within = [claim for claim in waiting if (claim.proposed_amount or 0) <= limit]
        assert within
        assert approve_claim(supervisor, within[0].pk).status == "approved"

    def test_a_second_start_changes_nothing(self) -> None:
        before = everything()
        printed = seed(self.folder)
        assert everything() == before
        assert self.password in printed
        assert "import" not in printed.lower()

    def test_a_password_that_was_given_later_is_the_one_that_works(self) -> None:
        with override_settings(DEMO_PASSWORD="Another-Good-1!pass"):
            printed = seed(self.folder)
        adjuster = User.objects.get(email="adjuster@vanguard.example")
        assert "Another-Good-1!pass" in printed
        assert adjuster.check_password("Another-Good-1!pass")
        assert adjuster.token_version > 1

    def test_what_a_user_did_meanwhile_stays(self) -> None:
        claim = Claim.objects.open().filter(stage="payment_pending").first()
        assert claim is not None
        Claim.objects.filter(pk=claim.pk).update(description="changed by hand")
        seed(self.folder)
        claim.refresh_from_db()
        assert claim.description == "changed by hand"

    def test_some_payments_go_to_accounts_one_is_sent_one_ready_and_two_wait_for_a_second_person(self) -> None:
        payments = ClaimPayment.objects.exclude(account_mark=None).select_related("claim__policy__customer")
        assert sorted(each.status for each in payments) == ["approved", "issued", "requested", "requested"]
        assert sorted(each.masked_account for each in payments) == ["•••• 1112", "•••• 2233", "•••• 4567", "•••• 4567"]
        supervisor, finance = (User.objects.get(email=f"{name}@vanguard.example") for name in ("supervisor", "finance"))
        named = payments.get(requested_by=finance)
        approve_payment(supervisor, named.pk)
        issue_payment(finance, named.pk)
        sent = payments.get(status="issued", claim__in=Claim.objects.exclude(pk=named.claim_id))
        assert "•••• 4567" in str(draft(sent.claim, LetterKind.PAYMENT))
        shown = facts_of(Claim.objects.select_related("policy__customer").get(pk=sent.claim_id))
        assert shown.accounts == 1, "the same account is named on another customer's claim"

    def test_who_claims_is_named_where_somebody_else_was_hurt(self) -> None:
        claims = Claim.objects.open().filter(claim_type="liability")
        assert claims.count() > 2
        assert [claim for claim in claims.prefetch_related("claimants") if len(claim.claimants.all()) != 1] == []

    def test_quotes_are_there_in_every_state(self) -> None:
        states = Counter(quote.current_status for quote in Quote.objects.all())
        assert set(states) == set(Quote.Status.values)
        assert states.total() >= 36
        assert states["referred"] >= 8

    def test_the_underwriter_has_referrals_to_decide_and_one_of_her_own_that_waits_for_a_second_person(self) -> None:
        hannah = User.objects.get(email="underwriter@vanguard.example")
        referred = Quote.objects.with_status("referred", timezone.now())
        mine = Quote.objects.referred_to(hannah, timezone.now())
        assert 6 <= mine.count() < referred.count()
        assert mine.filter(needs_second_person=True).exists()
        assert approve_quote(hannah, mine.filter(needs_second_person=True)[0].pk).status == "approved"

    def test_no_step_of_a_quote_lies_in_the_future_and_none_is_decided_before_it_was_priced(self) -> None:
        for quote in Quote.objects.prefetch_related("transitions"):
            times = [step.at for step in quote.transitions.all()]
            assert times == sorted(times)
            assert quote.created_at <= times[-1] <= timezone.now()
            assert quote.expires_at is None or quote.expires_at > quote.created_at

    def test_each_denied_claim_has_its_denial_and_the_letter_of_that_day(self) -> None:
        steps = ClaimTransition.objects.filter(command="deny", at__gt=timezone.now() - timedelta(days=200)).select_related("claim")
        assert len(steps) == 15
        for step in steps:
            denial, letter = step.claim.denials.get(), step.claim.letters.get(kind="denial")
            assert denial.decided_at == letter.made_at == step.at
            assert (denial.decided_by_id, denial.reason) == (step.actor_id, step.reason)
            with letter.file.open("rb") as stored:
                assert stored.read().startswith(b"%PDF-")

    def test_every_page_of_finance_has_work_to_show(self) -> None:
        found = figures(today(timezone.now()))
        assert min(found[name] for name in ("overdue", "today", "credit", "unallocated")) >= 2
        notices = Notice.objects.all()
        assert notices.filter(lapsed_at=None, lapses_at__gt=timezone.now()).count() >= 3
        assert notices.exclude(lapsed_at=None).count() == 1
        assert {"fee", "write_off", "refund", "reversal"} <= set(LedgerEntry.objects.values_list("kind", flat=True))

    def test_the_ledger_of_each_account_adds_up(self) -> None:
        for account in BillingAccount.objects.select_related("policy"):
            written = account.policy.versions.latest("number").written_premium
            premiums = account.entries.filter(policy_version__isnull=False).aggregate(sum=Sum("amount"))["sum"]
            assert to_cents(premiums) == written, account
            assert account.balance == open_on(account) - account.credit

    def test_the_policyholder_sees_what_the_own_policies_owe_and_an_offer(self) -> None:
        holder = User.objects.get(email="customer@vanguard.example")
        assert BillingAccount.objects.visible_to(holder).count() == 2
        assert [quote.current_status for quote in Quote.objects.visible_to(holder)] == ["quoted"]

    def test_an_endorsement_waits_for_the_underwriters_approval(self) -> None:
        hannah = User.objects.get(email="underwriter@vanguard.example")
        waiting = EndorsementRequest.objects.get(outcome="waiting")
        assert approve_endorsement(hannah, waiting.policy_id).booked_versions == 2

    def test_open_claims_are_dated_from_the_start_of_the_demo(self) -> None:
        now = timezone.now()
        reported = list(Claim.objects.open().values_list("reported_date", flat=True))
        assert now - timedelta(days=2) < max(reported) <= now
        assert now - timedelta(days=120) < min(reported)


@pytest.mark.django_db
def test_there_are_no_demo_log_ins_where_they_are_not_allowed(tmp_path: Path, settings: Settings) -> None:
    settings.DEMO_ALLOWED, settings.ENVIRONMENT = False, "production"
    settings.DEMO_PASSWORD_FILE = tmp_path / "demo-password"
    with pytest.raises(CommandError, match="not in production"):
        seed(tmp_path)
    assert not User.objects.filter(email__in=EMAILS).exists()
    assert not (tmp_path / "demo-password").exists()


@pytest.mark.django_db
def test_a_given_password_against_the_policy_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.DEMO_PASSWORD = "short"
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        seed(tmp_path)
    assert not User.objects.exists()


def test_generated_passwords_satisfy_the_policy_and_differ() -> None:
    passwords = {generated() for _ in range(200)}
    assert len(passwords) == 200
    for password in passwords:
        check_password_policy(User(email="anybody@vanguard.example"), password)
        assert re.fullmatch(r"[A-Za-z0-9!@#$%^&*]{16}", password)


def test_the_log_ins_are_those_of_the_contract() -> None:
    assert [person.email for person in LOG_INS] == EMAILS

"""The papers of a policy through the service, the API and the policy page: made, kept, handed out to who may have them."""

import datetime
import hashlib
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from customers.services import merge_customers, update_customer
from policies.models import Policy
from policies.papers import letters
from policies.papers.facts import Kind, facts_of, kinds_of
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from policies.products.models import Coverage
from policies.reading import rules_of
from policies.rules import Endorsement
from policies.services import book_policy, cancel_policy, delete_policy, endorse_policy, reinstate_policy, update_policy
from tests.api.calling import Caller
from tests.clock import SetClock
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, underwriter
from tests.workbench.desk import desk_of, source, words
from vanguard.documents.papers import Facts, Paper, Table
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def policy(db: None) -> Policy:
    rosa = CustomerFactory.create(first_name="Rosa", last_name="Delgado", address="9 Canary Row\nAustin TX")
    return book_policy(
        None,
        customer_id=rosa.pk,
        policy_type="homeowners",
        premium_amount=Decimal("1200.00"),
        coverage_amount=Decimal("250000.00"),
        deductible_amount=Decimal("1000.00"),
        start_date=START,
        end_date=START.replace(year=2030),
        policy_number="POL-2026-000042",
    )


def said(paper: Paper) -> str:
    """All that a paper says, in one line."""
    parts: list[str] = [paper.title, *paper.sender, *paper.recipient]
    for block in paper.blocks:
        if isinstance(block, Facts | Table):
            parts += [" ".join(filter(None, row)) for row in block.rows]
        else:
            parts.append(block.text)
    return " | ".join(parts)


def paper(policy: Policy, kind: Kind) -> str:
    fresh = Policy.objects.get(pk=policy.pk)
    return said(letters.paper_of(facts_of(fresh, kind)))


def test_the_schedule_says_who_is_covered_for_what_how_long_and_how_much(policy: Policy) -> None:
    text = paper(policy, Kind.SCHEDULE)
    for expected in (
        "Policy schedule | Vanguard Insurance",
        "Rosa Delgado | 9 Canary Row | Austin TX",
        "Policy number POL-2026-000042",
        "Type of insurance Homeowners",
        "Covered from January 1, 2026, 00:00 UTC, this moment included",
        "Covered until January 1, 2030, 00:00 UTC, this moment not included any more",
        "Homeowners January 1, 2026 to January 1, 2030 $250,000.00 $1,000.00 $1,200.00",
        "Premium of the term $1,200.00",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("insured_request", "You asked us to cancel the policy."),
        ("non_payment", "The premium was not paid."),
        ("underwriting", "We cannot continue to insure this risk."),
        ("rewritten", "The policy is replaced by another one."),
    ],
)
def test_the_notice_says_when_cover_ends_why_and_what_that_means(policy: Policy, reason: str, expected: str) -> None:
    cancel_policy(None, policy.pk, reason=reason, effective_at=START.replace(month=7))
    text = paper(policy, Kind.CANCELLATION)
    assert "Your policy POL-2026-000042 ends on July 1, 2026, 00:00 UTC." in text
    assert "Losses that happened before July 1, 2026, 00:00 UTC stay covered" in text
    assert f"Why {expected}" in text


def test_a_flat_cancellation_covers_nothing(policy: Policy) -> None:
    cancel_policy(None, policy.pk, reason="flat")
    text = paper(policy, Kind.CANCELLATION)
    assert "It ends from its beginning" in text
    assert "No loss under this policy is covered." in text


def test_every_reason_for_a_cancellation_has_words() -> None:
    assert set(letters.REASONS) == set(Policy.CancellationReason.values)


def test_a_paper_is_kept_sealed_with_the_checksum_of_what_is_handed_out(policy: Policy, store: Path) -> None:
    actor = underwriter()
    document = make_document(actor, policy.pk, kind="schedule").document
    assert (document.name, document.made_by) == ("Policy schedule POL-2026-000042.pdf", actor)
    with document.file.open("rb") as opened:
        content = opened.read()
    assert content.startswith(b"%PDF-")
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (document.sha256, document.size)
    stored = [path.read_bytes() for path in store.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert b"%PDF" not in stored[0]
    entry = LogEntry.objects.get(object_pk=str(document.pk))
    assert entry.actor == actor
    assert "Canary" not in str(entry.changes)


def test_the_same_facts_are_on_one_paper_and_a_change_gives_the_next(policy: Policy) -> None:
    first = make_document(None, policy.pk, kind="schedule")
    assert first.is_new
    again = make_document(None, policy.pk, kind="schedule")
    assert (again.is_new, again.document) == (False, first.document)
    update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal("1300.00")})
    second = make_document(None, policy.pk, kind="schedule")
    assert second.is_new
    update_customer(None, policy.customer_id, version=None, changes={"address": "1 New Street"})
    assert make_document(None, policy.pk, kind="schedule").is_new
    merge_customers(None, CustomerFactory.create().pk, policy.customer_id)
    assert make_document(None, policy.pk, kind="schedule").is_new
    assert PolicyDocument.objects.count() == 4


def test_a_notice_without_a_cancellation_and_an_unknown_kind_are_refused(policy: Policy, store: Path) -> None:
    with pytest.raises(Conflict) as refused:
        make_document(None, policy.pk, kind="cancellation")
    assert refused.value.code == "nothing_to_say"
    with pytest.raises(Invalid):
        make_document(None, policy.pk, kind="poem")
    for stranger in (adjuster(), staff("Compliance"), policyholder(policy.customer)):
        with pytest.raises(NotAllowed):
            make_document(stranger, policy.pk, kind="schedule")
    assert not list(store.rglob("*"))


def test_a_name_without_a_typeface_makes_no_paper_and_leaves_no_file(policy: Policy, store: Path) -> None:
    update_customer(None, policy.customer_id, version=None, changes={"first_name": "伟", "last_name": "王"})
    with pytest.raises(Conflict, match="Write the name in Latin letters"):
        make_document(None, policy.pk, kind="schedule")
    assert not PolicyDocument.objects.exists()
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_the_api_makes_lists_and_hands_out(policy: Policy) -> None:
    caller, path = Caller(underwriter()), f"/policies/{policy.pk}/documents"
    made = caller.post(path, {"kind": "schedule"})
    assert (made.status, made.data["kind"], made.headers["Location"]) == (201, "schedule", f"/api/documents/{made.data['id']}")
    assert caller.post(path, {"kind": "schedule"}).status == 200
    assert caller.post(path, {"kind": "cancellation"}).errors == {"kind": "nothing_to_say"}
    assert caller.post(path, {"kind": "poem"}).status == 422
    assert caller.get(path).ids == [made.data["id"]]
    assert caller.get(f"{path}?kind=cancellation").ids == []
    reader = Caller(adjuster())
    assert "facts" not in reader.get(path).text
    answer = reader.client.get(f"/api/documents/{made.data['id']}", headers={"Authorization": f"Bearer {reader.token}"})
    assert answer.content.startswith(b"%PDF-")
    assert hashlib.sha256(answer.content).hexdigest() == made.data["sha256"]
    assert answer.headers["ETag"] == f'"{made.data["sha256"]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Policy schedule POL-2026-000042.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    held = {"Authorization": f"Bearer {reader.token}", "If-None-Match": answer.headers["ETag"]}
    assert reader.client.get(f"/api/documents/{made.data['id']}", headers=held).status_code == 304


def test_a_policyholder_has_the_own_papers_and_knows_of_no_others(policy: Policy) -> None:
    document = make_document(None, policy.pk, kind="schedule").document
    own, other = Caller(policyholder(policy.customer)), Caller(policyholder())
    assert own.get(f"/policies/{policy.pk}/documents").ids == [str(document.pk)]
    download = own.client.get(f"/api/documents/{document.pk}", headers={"Authorization": f"Bearer {own.token}"})
    assert download.status_code == 200
    assert own.post(f"/policies/{policy.pk}/documents", {"kind": "schedule"}).status == 403
    assert other.get(f"/policies/{policy.pk}/documents").status == 404
    assert other.get(f"/documents/{document.pk}").status == 404
    assert other.get("/documents/not-a-key").status == 422


def test_a_file_that_is_gone_changed_or_unreadable_is_not_handed_out(policy: Policy, store: Path) -> None:
    document, caller = make_document(None, policy.pk, kind="schedule").document, Caller(adjuster())
    file = next(path for path in store.rglob("*") if path.is_file())
    sealed = file.read_bytes()
    other = make_document(None, PolicyFactory.create().pk, kind="schedule").document
    file.write_bytes(next(path for path in store.rglob("*") if path.name == str(other.pk)).read_bytes())
    assert caller.get(f"/documents/{document.pk}").body["errors"][0]["code"] == "damaged"
    file.write_bytes(sealed[:-9])
    assert caller.get(f"/documents/{document.pk}").status == 500
    file.unlink()
    assert caller.get(f"/documents/{document.pk}").body["errors"][0]["code"] == "damaged"
    page = desk_of(adjuster()).get(f"/admin/papers/policydocument/{document.pk}/download/", follow=True)
    assert "is not in the store any more" in words(page)


def test_the_policy_page_makes_papers_and_hands_them_out(policy: Policy) -> None:
    desk = desk_of(underwriter(first_name="Priya", last_name="Nair"))
    page, make = f"/admin/policies/policy/{policy.pk}/change/", f"/admin/papers/policydocument/{policy.pk}/schedule/make/"
    assert "Nothing was given in writing yet. Make the policy schedule" in words(desk.get(page))
    assert desk.get(make).status_code == 405
    answer = words(desk.post(make, follow=True))
    assert "“Policy schedule POL-2026-000042.pdf” is made." in answer
    assert "Policy schedule as the policy stands now" in answer
    assert "was made already" in words(desk.post(make, follow=True))
    update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal("1300.00")})
    assert "Policy schedule superseded" in words(desk.get(page))
    document = PolicyDocument.objects.get()
    assert desk.get(f"/admin/papers/policydocument/{document.pk}/download/").content.startswith(b"%PDF-")
    assert "Make the notice of cancellation" not in words(desk.get(page))
    cancel_policy(None, policy.pk)
    assert "Make the notice of cancellation" in words(desk.get(page))


def test_who_only_reads_has_no_button_and_who_is_not_staff_nothing(policy: Policy) -> None:
    document = make_document(None, policy.pk, kind="schedule").document
    desk = desk_of(adjuster())
    assert "Make the" not in words(desk.get(f"/admin/policies/policy/{policy.pk}/change/"))
    assert desk.post(f"/admin/papers/policydocument/{policy.pk}/schedule/make/").status_code == 403
    url = f"/admin/papers/policydocument/{document.pk}/download/"
    assert desk.get(url).status_code == 200
    assert desk_of(policyholder(policy.customer)).get(url).status_code == 302
    assert Client().get(url).status_code == 302
    for gone in ("", "add/", f"{document.pk}/change/", f"{document.pk}/delete/"):
        assert desk.get(f"/admin/papers/policydocument/{gone}").status_code == 404
    assert "policydocument" not in source(desk.get("/admin/"))


def test_a_policy_page_takes_as_many_queries_with_many_papers_as_with_one(policy: Policy) -> None:
    desk, page = desk_of(adjuster()), f"/admin/policies/policy/{policy.pk}/change/"

    def queries() -> int:
        desk.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(page).status_code == 200
        return len(captured)

    update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal(99)})
    make_document(None, policy.pk, kind="schedule")
    one = queries()
    for premium in range(4):
        update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal(premium)})
        make_document(None, policy.pk, kind="schedule")
    assert queries() == one
    assert one <= 24


def test_the_periodic_command_makes_what_is_missing_and_nothing_twice(policy: Policy) -> None:
    PolicyFactory.create()  # came with a book: nothing was booked here
    cancel_policy(None, policy.pk, effective_at=START.replace(month=7))

    def run(**options: Any) -> str:
        out = StringIO()
        call_command("make_policy_papers", stdout=out, stderr=out, **options)
        return out.getvalue()

    assert "2 papers made, 0 refused." in run()
    assert "0 papers made" in run()
    update_customer(None, policy.customer_id, version=None, changes={"last_name": "王"})
    assert "POL-2026-000042: no_typeface" in run()


def test_a_policy_with_papers_is_not_deleted(policy: Policy) -> None:
    make_document(None, policy.pk, kind="schedule")
    with pytest.raises(Conflict):
        delete_policy(None, policy.pk, version=None)


def test_the_notice_gives_the_figures_of_the_cancellation_and_they_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    SetClock(monkeypatch).set("2026-11-26 09:00")  # within the term, whatever day it is
    policy = PolicyFactory.create(premium_amount=Decimal("500.00"), start_date=START, end_date=START + datetime.timedelta(days=365))
    moment = START + datetime.timedelta(days=150)
    cancel_policy(None, policy.pk, effective_at=moment, method="short_rate", penalty_share=Decimal("0.1"))
    text = paper(policy, Kind.CANCELLATION)
    # The worked example: pro rata 294.52 of 500.00 come back, at short rate 265.07.
    for expected in ("agreed $500.00", "For the time with cover $205.48", "Kept on cancellation $29.45", "Returned $265.07"):
        assert expected in text, expected


def test_an_endorsement_says_what_changes_from_when_and_what_the_term_costs_now(policy: Policy) -> None:
    assert Kind.ENDORSEMENT not in kinds_of(policy)
    with pytest.raises(Conflict):
        make_document(None, policy.pk, kind="endorsement")
    moment = START + datetime.timedelta(days=300)
    asked = Endorsement(terms={"coverage_amount": Decimal("300000.00"), "premium_amount": Decimal("2400.00")}, effective_at=moment)
    endorse_policy(None, policy.pk, asked)
    version = policy.versions.get(number=2)
    text = paper(policy, Kind.ENDORSEMENT)
    for expected in (
        "is changed from October 28, 2026, 00:00 UTC on",
        "Limit $300,000.00",
        f"The term costs ${version.premium_change:,.2f} more",
        f"${version.written_premium:,.2f}",
        "Homeowners January 1, 2026 to October 28, 2026 $250,000.00",
        "Homeowners October 28, 2026 to January 1, 2030 $300,000.00",
    ):
        assert expected in text, expected
    made = make_document(None, policy.pk, kind="endorsement")
    assert (made.is_new, made.document.name) == (True, "Endorsement POL-2026-000042.pdf")
    assert not make_document(None, policy.pk, kind="endorsement").is_new
    assert "$300,000.00" in paper(policy, Kind.SCHEDULE)


def test_each_endorsement_has_its_paper_from_the_api_the_page_and_the_command(policy: Policy) -> None:
    for month, limit in ((3, "300000.00"), (6, "400000.00")):
        endorse_policy(
            None, policy.pk, Endorsement(terms={"coverage_amount": Decimal(limit)}, effective_at=START.replace(year=2027, month=month))
        )
    caller, path = Caller(underwriter()), f"/policies/{policy.pk}/documents"
    first = caller.post(path, {"kind": "endorsement", "version": 2})
    assert (first.status, first.data["name"]) == (201, "Endorsement 2 POL-2026-000042.pdf")
    fresh = Policy.objects.get(pk=policy.pk)
    old, last = (said(letters.paper_of(facts_of(fresh, Kind.ENDORSEMENT, number))) for number in (2, 3))
    assert ("is changed from March 1, 2027" in old, "$400,000.00" in old) == (True, False)
    assert "is changed from June 1, 2027" in last
    assert last == paper(policy, Kind.ENDORSEMENT)
    for body, errors in (
        ({"kind": "endorsement", "version": 1}, {"version": "nothing_to_say"}),
        ({"kind": "schedule", "version": 2}, {"version": "not_an_endorsement"}),
    ):
        assert caller.post(path, body).errors == errors
    desk = desk_of(underwriter())
    page = words(desk.get(f"/admin/policies/policy/{policy.pk}/change/"))
    assert "Endorsement 2 POL-2026-000042 as the policy stands now" in page
    assert "Make the endorsement of 1 Mar 2027, version 2" in page
    made = words(desk.post(f"/admin/papers/policydocument/{policy.pk}/endorsement/make/?version=3", follow=True))
    assert "“Endorsement 3 POL-2026-000042.pdf” is made." in made
    call_command("make_policy_papers", stdout=StringIO())
    cancel_policy(None, policy.pk, effective_at=START.replace(year=2028))
    call_command("make_policy_papers", stdout=StringIO())
    assert PolicyDocument.objects.filter(kind="endorsement").count() == 2


def test_a_time_without_cover_stands_on_the_schedule_and_on_the_notice_after_it(policy: Policy) -> None:
    cancel_policy(None, policy.pk, effective_at=START.replace(year=2027), reason="non_payment")
    reinstate_policy(None, policy.pk, effective_at=START.replace(year=2027, month=2))
    gap = "From January 1, 2027, 00:00 UTC until February 1, 2027, 00:00 UTC: a loss in this time is not covered"
    assert f"Not covered {gap}" in paper(policy, Kind.SCHEDULE)
    cancel_policy(None, policy.pk, effective_at=START.replace(year=2028))
    assert f"There was a time without cover. {gap}." in paper(policy, Kind.CANCELLATION)


def test_the_limit_means_what_the_settlement_rule_of_each_coverage_says(policy: Policy) -> None:
    less, whole = "the limit less the deductible.", "the limit is the most that we pay."
    assert {rule for _, rule in rules_of(policy)} == {"limit_less_deductible", "limit"}
    text = paper(policy, Kind.SCHEDULE)
    assert f"Dwelling and Personal property: the most that we pay for a loss is {less}" in text
    assert f"Personal liability: we pay a loss less the deductible, and {whole} The deductible" in text
    facts = facts_of(Policy.objects.get(pk=policy.pk), Kind.SCHEDULE)
    assert set(letters.MOST_PAID) == set(Coverage.SettlementRule.values)
    only = said(letters.paper_of(replace(facts, rules=(("", "limit"),))))
    assert f"We pay a loss less the deductible, and {whole}" in only

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from claims.services import add_note, approve_claim, assign_claim, close_claim, deny_claim
from policies.services import cancel_policy
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim
from tests.workbench.desk import claim_url, desk_of, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


def test_everything_about_a_claim_is_on_one_screen(at_maya: Client, maya: User) -> None:
    owner = CustomerFactory.create(first_name="Harold", last_name="Finch")
    policy = PolicyFactory.create(customer=owner, policy_number="POL-2025-018834")
    other = submitted_claim(policy, claim_type="theft", claim_number="CLM-2025-000617")
    claim = started_claim(maya, policy, description="Burst supply line.", claim_number="CLM-2026-004127")
    add_note(maya, claim.pk, text="Insured accepts the estimate.")
    text = words(at_maya.get(claim_url(claim)))
    for expected in (
        "CLM-2026-004127", "Processing", "Investigation", "Harold Finch", "POL-2025-018834", "Water damage", "Burst supply line.",
        "Cover in force at the loss Covered", "Limit $25,000.00", "Deductible $1,000.00", "•••• 0142",
        "Loss less deductible", "Payable now", "$4,000.00", "Nothing was paid on this claim yet.",
        "Insured accepts the estimate.", "Maya Okafor started the claim", "Reported, $5,000.00 claimed", other.claim_number,
    ):  # fmt: skip
        assert expected in text, expected


def test_the_lower_of_the_two_limits_is_the_one_that_counts(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya, claim_amount=Decimal("80000.00"))
    page = source(at_maya.get(claim_url(claim)))
    proof = page.partition('class="wb-proof"')[2].partition("</table>")[0]
    idle = proof.partition("wb-idle")[2]
    assert "Loss less deductible" in idle.partition("</tr>")[0]
    assert "24,000.00" in proof


def test_personal_data_is_masked_and_nowhere_in_the_page(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    page = source(at_maya.get(claim_url(claim)))
    assert "555 0142" not in page
    assert "1961" not in page
    assert "Alder Court" not in page


def test_a_loss_outside_the_cover_is_shown_as_such(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    cancel_policy(None, claim.policy_id, reason="non_payment", effective_at=claim.incident_date - timedelta(days=5))
    assert "Not in force" in words(at_maya.get(claim_url(claim)))


def test_the_page_has_no_field_for_status_stage_owner_or_number(at_daniel: Client, maya: User) -> None:
    claim = started_claim(maya)
    for what in ("change", "edit"):
        page = source(at_daniel.get(claim_url(claim, what)))
        for name in ("status", "stage", "claim_number", "policy", "reported_date", "approved_amount", "paid_amount", "due_at"):
            assert f'name="{name}"' not in page, (what, name)


def commands(client: Client, claim: object) -> set[str]:
    """The commands that the page offers: as a button, a dialog or a menu line."""
    page = source(client.get(claim_url(claim)))  # type: ignore[arg-type]
    known = ("take", "start", "approve", "deny", "close", "reopen", "assign", "remove", "note", "document")
    return {name for name in known if f'/{name}/"' in page.partition("<main")[2]}


def test_the_commands_fit_the_state(at_daniel: Client, daniel: User) -> None:
    claim = submitted_claim()
    file = {"note", "document"}
    assert commands(at_daniel, claim) == {"take", "start", "assign", "remove"} | file
    assign_claim(daniel, claim.pk)
    assert commands(at_daniel, claim) == {"start", "assign", "remove"} | file
    running = started_claim(daniel)
    assert commands(at_daniel, running) == {"approve", "deny", "assign"} | file
    approve_claim(daniel, running.pk)
    assert commands(at_daniel, running) == {"close", "reopen", "assign"} | file
    close_claim(daniel, running.pk)
    assert commands(at_daniel, running) == {"reopen"} | file


def test_a_role_never_sees_commands_that_it_never_has(everybody: dict[str, Client], maya: User) -> None:
    claim = submitted_claim()
    assert commands(everybody["adjuster"], claim) == {"take", "start", "remove", "note", "document"}
    for role in ("underwriter", "finance", "compliance"):
        assert commands(everybody[role], claim) == set()


def test_an_adjuster_reads_anothers_claim_and_is_told_whose_it_is(maya: User) -> None:
    claim = started_claim(maya)
    text = words(desk_of(adjuster()).get(claim_url(claim)))
    assert "This claim is Maya Okafor’s. Ask for it, or ask a supervisor." in text
    assert 'aria-disabled="true"' in source(desk_of(adjuster()).get(claim_url(claim)))


def test_who_asked_for_a_second_person_sees_why_the_button_is_off(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(maya, claim.pk)
    text = words(at_maya.get(claim_url(claim)))
    assert "You asked for $59,000.00 yourself." in text
    assert "Awaiting approval" in text


def test_a_closed_claim_says_when_and_offers_nothing_more_to_do(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    deny_claim(maya, claim.pk, reason="Wear and tear is not covered.")
    close_claim(maya, claim.pk)
    text = words(at_maya.get(claim_url(claim)))
    assert "Closed on" in text
    assert "Wear and tear is not covered." in text
    assert commands(at_maya, claim) == {"note", "document"}


def test_closing_says_what_is_not_paid_before_and_after(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    approve_claim(maya, claim.pk)
    assert "$4,000.00 is approved and not paid." in words(at_maya.get(claim_url(claim, "close")))
    close_claim(maya, claim.pk)
    page = words(at_maya.get(claim_url(claim)))
    assert "What was approved is not paid in full." in page
    assert "Nothing is left to do" not in page


def test_the_history_names_who_and_when_newest_first(at_maya: Client, maya: User, daniel: User) -> None:
    claim = submitted_claim()
    assign_claim(daniel, claim.pk, assignee_id=maya.pk)
    page = words(at_maya.get(claim_url(claim)))
    gave, reported = page.index("Daniel Reyes gave the claim to Maya Okafor"), page.index("Reported, $5,000.00 claimed")
    assert gave < reported
    assert "Today" in page[gave:reported]


def test_dates_are_in_the_persons_own_time_zone(maya: User) -> None:
    maya.time_zone = "America/Los_Angeles"
    maya.save(update_fields=["time_zone"])
    claim = started_claim(maya, incident_date=timezone.now() - timedelta(days=10))
    assert any(zone in words(desk_of(maya).get(claim_url(claim))) for zone in ("PST", "PDT"))


def test_the_settlement_is_shown_even_when_nothing_is_payable(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya, claim_amount=Decimal("400.00"))
    assert "Nothing is left to pay" in words(at_maya.get(claim_url(claim)))

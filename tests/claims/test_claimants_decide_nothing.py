"""Who claims on a claim handles and decides nothing of it: by the services, the queue, the API and at the desk."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from claims.intake.models import Queue, Triage, TriageRule
from claims.models import Claim
from claims.services import (
    ToldClaimant,
    add_claimant,
    approve_claim,
    approve_payment,
    assign_claim,
    delete_claim,
    deny_claim,
    end_claimant,
    hand_over,
    issue_payment,
    link_claims,
    pay_claim,
    set_reserve,
    start_claim,
    submit_claim,
    take_next_claim,
)
from tests.api.calling import Caller
from tests.claims.test_look_alikes import notice
from tests.claims.test_payments import approved_claim, limited
from tests.factories import CustomerFactory, PolicyFactory, adjuster, staff, started_claim, submitted_claim, supervisor
from tests.workbench.desk import claim_url, desk_of, words
from vanguard.accounts.models import User
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db
WHY = "You are a claimant of this claim, so another person handles it."


@pytest.fixture
def ada() -> User:
    return supervisor(first_name="Ada", last_name="Quill", email="ada.quill@vanguard.example")


def named(name: str = "Somebody", email: str = "") -> ToldClaimant:
    return ToldClaimant("bodily_injury", name=name, email=email)


WAYS: dict[str, Callable[[], ToldClaimant]] = {
    "by the name": lambda: named("Quill, ADA"),
    "by the e-mail address": lambda: named("A. Q.", "Ada.Quill@Vanguard.example"),
    "as a customer by name": lambda: ToldClaimant("other", customer_id=CustomerFactory.create(first_name="Ada", last_name="Quill").pk),
    "as a customer by e-mail": lambda: ToldClaimant("other", customer_id=CustomerFactory.create(email="ada.quill@vanguard.example").pk),
}


def tied(ada: User) -> ToldClaimant:
    return ToldClaimant("other", customer_id=CustomerFactory.create(user=ada).pk)


def refused(step: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as found:
        step()
    assert (found.value.code, "claim" in found.value.message) == ("party", True)


@pytest.mark.parametrize("way", WAYS)
def test_a_claimant_is_known_by_what_tells_the_insured_too(ada: User, way: str) -> None:
    claim = started_claim(adjuster())
    add_claimant(None, claim.pk, WAYS[way]())
    refused(lambda: approve_claim(ada, claim.pk))
    assert approve_claim(supervisor(), claim.pk).status == "approved"


def test_a_claimant_neither_takes_starts_approves_denies_reserves_nor_asks_to_pay(ada: User) -> None:
    claim = submitted_claim()
    add_claimant(None, claim.pk, tied(ada))
    refused(lambda: assign_claim(ada, claim.pk))
    refused(lambda: assign_claim(supervisor(), claim.pk, assignee_id=ada.pk))
    refused(lambda: start_claim(ada, claim.pk))
    start_claim(adjuster(), claim.pk)
    refused(lambda: approve_claim(ada, claim.pk))
    refused(lambda: deny_claim(ada, claim.pk, reason="Rust"))
    refused(lambda: set_reserve(ada, claim.pk, amount=Decimal(1), reason="Guess"))
    refused(lambda: add_claimant(ada, claim.pk, named()))


def test_a_claimant_has_no_hand_in_payments_also_as_the_second_person(ada: User) -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, amount=Decimal("100.00"), payee="Somebody else at work")
    add_claimant(owner, claim.pk, tied(ada))
    refused(lambda: pay_claim(ada, claim.pk, amount=Decimal("10.00")))
    pay_claim(staff("Finance"), claim.pk, amount=Decimal("50.00"), payee="A surveyor nobody knows")
    waiting = claim.payments.get(status="requested")
    refused(lambda: approve_payment(ada, waiting.pk))
    approve_payment(supervisor(), waiting.pk)


def test_what_a_claimant_approved_before_is_not_carried_out_without_another_person(ada: User) -> None:
    claim = started_claim(adjuster())
    approve_claim(ada, claim.pk)
    add_claimant(None, claim.pk, tied(ada))
    pay_claim(staff("Finance"), claim.pk)
    payment = claim.payments.get()
    assert (payment.status, payment.waits_for) == ("requested", "Who approved the claim is a claimant of it.")


def test_who_asked_and_is_a_claimant_since_is_none_of_the_two_who_decide() -> None:
    maker = limited("100.00")
    claim = approve_claim(maker, started_claim(maker).pk)
    assert claim.proposed_by == maker
    hand_over(None, maker.pk, reason="Leave")
    add_claimant(None, claim.pk, named(maker.get_full_name()))
    approve_claim(supervisor(), claim.pk)
    assert claim.transitions.get(command="approve").basis == "own_authority"


def test_what_a_claimant_approved_before_is_not_paid_out(ada: User) -> None:
    claim = approve_claim(ada, started_claim(ada).pk)
    pay_claim(ada, claim.pk)
    payment = claim.payments.get()
    assert payment.approved_by == ada
    hand_over(None, ada.pk, reason="Leave")
    add_claimant(None, claim.pk, named("Ada Quill"))
    with pytest.raises(Conflict) as told:
        issue_payment(staff("Finance"), payment.pk)
    assert told.value.code == "second_person"


def test_a_claimant_links_no_look_alike_from_either_side_and_deletes_nothing(ada: User) -> None:
    """A claim that looks like a filed one is not paid before somebody says that it is another loss."""
    claim, other = submitted_claim(), submitted_claim()
    add_claimant(None, claim.pk, named("Ada Quill"))
    refused(lambda: link_claims(ada, claim.pk, other_id=other.pk, reason="Two losses"))
    refused(lambda: link_claims(ada, other.pk, other_id=claim.pk, reason="Two losses"))
    answer = Caller(ada).post(f"/claims/{other.pk}/link", {"otherId": str(claim.pk), "reason": "Two losses"})
    assert (answer.status, list(answer.errors.values())) == (409, ["party"])
    assert not claim.earlier_links.exists()
    refused(lambda: delete_claim(ada, claim.pk, version=None))
    link_claims(supervisor(), claim.pk, other_id=other.pk, reason="Two losses")


def test_nobody_names_themselves_nor_the_owner_before_the_claim_is_somebody_elses(ada: User) -> None:
    claim = submitted_claim()
    refused(lambda: add_claimant(ada, claim.pk, tied(ada)))
    assign_claim(ada, claim.pk)
    refused(lambda: add_claimant(supervisor(), claim.pk, named("Ada Quill")))
    assert not claim.claimants.exists()


def test_nor_does_anybody_file_a_claim_that_they_make(ada: User) -> None:
    policy = PolicyFactory.create()
    for told in (named("Ada Quill"), tied(ada)):
        refused(lambda told=told: submit_claim(ada, **notice(policy), claimant=told))  # type: ignore[misc]  # bound at once
    submit_claim(supervisor(), **notice(policy), claimant=named("Ada Quill"))
    assert Claim.objects.count() == 1


def test_ending_the_claimant_lets_nobody_decide(ada: User) -> None:
    claim = started_claim(adjuster())
    claimant = add_claimant(None, claim.pk, named("Ada Quill"))
    end_claimant(None, claim.pk, claimant.pk, reason="Says she is not hurt")
    refused(lambda: approve_claim(ada, claim.pk))


def test_take_next_passes_over_what_one_claims(ada: User) -> None:
    first, second = submitted_claim(), submitted_claim()
    add_claimant(None, first.pk, named("Ada Quill"))
    taken = take_next_claim(ada)
    assert taken is not None
    assert taken.pk == second.pk
    assert take_next_claim(ada) is None
    other = take_next_claim(adjuster())
    assert other is not None
    assert other.pk == first.pk


def test_a_claim_is_handed_to_a_member_who_does_not_claim_on_it(ada: User) -> None:
    owner, free = adjuster(), adjuster()
    queue = Queue.objects.create(name="Glass")
    queue.members.set([ada])
    claim = started_claim(owner)
    Triage.objects.filter(claim=claim).delete()
    Triage.objects.create(claim=claim, severity="low", queue=queue)
    add_claimant(None, claim.pk, named("Ada Quill"))
    assert hand_over(None, owner.pk, reason="Away") == (0, 1)
    assign_claim(None, claim.pk, assignee_id=owner.pk)
    queue.members.add(free)
    assert hand_over(None, owner.pk, reason="Away") == (1, 0)
    assert Claim.objects.get(pk=claim.pk).assignee == free


def test_a_queue_that_assigns_gives_a_new_claim_to_nobody_who_claims(ada: User) -> None:
    Queue.objects.update(active=False)
    queue = Queue.objects.create(name="Everything", assigns=True)
    queue.members.set([ada])
    TriageRule.objects.all().delete()
    TriageRule.objects.create(position=1, name="All", severity="low", queue=queue)
    policy = PolicyFactory.create()
    claim = submit_claim(None, **notice(policy), claimant=named("Ada Quill"))
    assert Claim.objects.get(pk=claim.pk).assignee is None
    other = submit_claim(None, **notice(PolicyFactory.create()), claimant=named("Ben Vale"))
    assert Claim.objects.get(pk=other.pk).assignee == ada


def test_the_api_says_so_and_the_page_does_not_offer_it(ada: User) -> None:
    claim = started_claim(adjuster())
    add_claimant(None, claim.pk, named("Ada Quill"))
    answer = Caller(ada).post(f"/claims/{claim.pk}/approve", {})
    assert (answer.status, list(answer.errors.values())) == (409, ["party"])
    assert WHY in words(desk_of(ada).get(claim_url(claim, "approve")))

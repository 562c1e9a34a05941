"""Who claims on a claim: named by its handlers, ended with a reason, kept by the database, and told apart from who is the same person."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.models import Claim
from claims.parties.models import Claimant, ClaimantKey
from claims.services import ToldClaimant, add_claimant, claimants, close_claim, delete_claim, deny_claim, end_claimant
from tests.factories import CustomerFactory, adjuster, staff, started_claim, submitted_claim, supervisor
from vanguard.encryption.owned import keyring
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StaleVersion

pytestmark = pytest.mark.django_db
TOLD = ToldClaimant("bodily_injury", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0177", address="4 Elm Row")


def code_of(step: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        step()
    return refused.value.code


def stored(column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM parties_claimant")
        return bytes(cursor.fetchone()[0])


def test_the_owner_names_who_was_hurt_and_the_history_tells_it_without_a_name() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    claimant = add_claimant(owner, claim.pk, TOLD, version=claim.version)
    assert (claimant.shown_name, claimant.masked_email, claimant.masked_phone) == ("Nora Vale", "n••••@vale.example", "•••• 0177")
    step = claim.transitions.get(command="add_claimant")
    assert (step.actor, step.reason) == (owner, "Bodily injury")
    assert Claim.objects.get(pk=claim.pk).version == claim.version + 1
    entries = str(list(LogEntry.objects.values_list("object_repr", "changes")))
    assert "Nora" not in entries
    assert "vale.example" not in entries
    assert "0177" not in entries


def test_what_is_known_of_them_lies_under_a_key_of_their_own() -> None:
    claimant = add_claimant(None, submitted_claim().pk, TOLD)
    for column in Claimant.PERSONAL:
        assert stored(column).startswith(b"d1:" + claimant.pk.hex.encode())
    read = Claimant.objects.get()
    assert (read.name, read.email, read.phone, read.address) == (TOLD.name, TOLD.email, TOLD.phone, TOLD.address)


def test_several_are_read_with_their_keys_at_once() -> None:
    claim = submitted_claim()
    for name in ("Nora Vale", "Ben Vale", "Cy Vale"):
        add_claimant(None, claim.pk, ToldClaimant("other", name=name))
    keyring.remembered.clear()
    with CaptureQueriesContext(connection) as asked:
        rows = list(Claimant.objects.all())
        keyring.load_for(rows)
        assert [each.name for each in rows] == ["Nora Vale", "Ben Vale", "Cy Vale"]
    assert len(asked) <= 3


def test_a_customer_claims_and_their_data_stays_on_their_own_record() -> None:
    customer = CustomerFactory.create(first_name="Ida", last_name="Poole")
    claimant = add_claimant(None, submitted_claim().pk, ToldClaimant("property_damage", customer_id=customer.pk))
    assert (claimant.shown_name, claimant.name, claimant.name_hash) == ("Ida Poole", None, "")
    assert not ClaimantKey.objects.exists()


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (ToldClaimant("bodily_injury"), "name"),
        (ToldClaimant("wages", name="Nora Vale"), "claims_for"),
        (ToldClaimant("other", kind="dog", name="Rex"), "kind"),
        (ToldClaimant("other", name="Nora Vale", email="nora"), "email"),
        (ToldClaimant("other", name="Nora Vale", phone="call her"), "phone"),
        (ToldClaimant("other", name="N" * 201), "name"),
        (ToldClaimant("other", name="Nora Vale", address="x" * 1001), "address"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(told: ToldClaimant, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_claimant(None, submitted_claim().pk, told)
    assert field in [error.field for error in refused.value.errors]


def test_a_customer_and_a_name_at_once_are_refused() -> None:
    customer = CustomerFactory.create()
    claim = submitted_claim()
    assert code_of(lambda: add_claimant(None, claim.pk, ToldClaimant("other", customer_id=customer.pk, name="Nora"))) == "required"
    assert code_of(lambda: add_claimant(None, claim.pk, ToldClaimant("other", customer_id=customer.pk, phone="9165550142"))) == "not_here"


def test_one_person_claims_on_a_claim_once_and_again_after_that_has_ended() -> None:
    claim, customer = submitted_claim(), CustomerFactory.create()
    for told in (TOLD, ToldClaimant("other", customer_id=customer.pk)):
        first = add_claimant(None, claim.pk, told)
        assert code_of(partial(add_claimant, None, claim.pk, told)) == "claims_already"
        end_claimant(None, claim.pk, first.pk, reason="Not hurt after all")
        add_claimant(None, claim.pk, told)
    assert claim.claimants.count() == 4
    assert claim.claimants.open().count() == 2


def test_it_ends_once_with_a_reason_and_the_history_keeps_it() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    claimant = add_claimant(owner, claim.pk, TOLD)
    assert code_of(lambda: end_claimant(owner, claim.pk, claimant.pk, reason=" ")) == "required"
    ended = end_claimant(owner, claim.pk, claimant.pk, reason="Settled with her own insurer")
    assert (ended.ended_by, ended.ended_because, ended.is_open) == (owner, "Settled with her own insurer", False)
    assert claim.transitions.get(command="end_claimant").reason == ended.get_claims_for_display()
    assert code_of(lambda: end_claimant(owner, claim.pk, claimant.pk, reason="Again")) == "ended"
    with pytest.raises(NotFound):
        end_claimant(None, submitted_claim().pk, claimant.pk, reason="Another claim")


def test_a_stale_page_a_closed_file_and_who_may_not_are_refused() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    with pytest.raises(StaleVersion):
        add_claimant(owner, claim.pk, TOLD, version=claim.version - 1)
    with pytest.raises(NotAllowed):
        add_claimant(adjuster(), claim.pk, TOLD)  # it is another adjuster's
    for role in ("Finance", "Underwriter", "Compliance"):
        with pytest.raises(NotAllowed):
            add_claimant(staff(role), claim.pk, TOLD)
    claimant = add_claimant(supervisor(), claim.pk, TOLD)
    close_claim(None, deny_claim(owner, claim.pk, reason="Rust").pk)
    assert code_of(lambda: add_claimant(owner, claim.pk, ToldClaimant("other", name="Ben"))) == "not_allowed_now"
    assert code_of(lambda: end_claimant(owner, claim.pk, claimant.pk, reason="Late")) == "not_allowed_now"


def test_a_claim_has_so_many_claimants_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claimants, "MOST", 2)
    claim = submitted_claim()
    first = add_claimant(None, claim.pk, ToldClaimant("other", name="First"))
    end_claimant(None, claim.pk, first.pk, reason="Never was")
    add_claimant(None, claim.pk, ToldClaimant("other", name="Second"))
    with pytest.raises(Conflict, match="at most 2 claimants") as told:
        add_claimant(None, claim.pk, ToldClaimant("other", name="Third"))
    assert told.value.code == "too_many_claimants"


def test_a_claim_on_which_somebody_claims_is_not_deleted() -> None:
    claim = submitted_claim()
    add_claimant(None, claim.pk, TOLD)
    with pytest.raises(Conflict):
        delete_claim(supervisor(), claim.pk, version=None)
    assert Claim.objects.filter(pk=claim.pk).exists()


# -- What the database itself holds
CHANGES: dict[str, dict[str, Any]] = {
    "for": {"claims_for": "other"},
    "kind": {"kind": "organisation"},
    "since": {"added_at": timezone.now()},
    "name": {"name": None},
    "email": {"email": None},
    "kept data that is said to be gone": {"redacted_at": timezone.now()},
    "an end without a reason": {"ended_at": timezone.now()},
    "a reason without an end": {"ended_because": "Why"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_claimant_is_never_edited(change: str) -> None:
    add_claimant(None, submitted_claim().pk, TOLD)
    with pytest.raises(DatabaseError), transaction.atomic():
        Claimant.objects.update(**CHANGES[change])


def test_a_claimant_is_never_deleted_moved_or_brought_back() -> None:
    claim, customer = submitted_claim(), CustomerFactory.create()
    claimant = add_claimant(None, claim.pk, TOLD)
    end_claimant(None, claim.pk, claimant.pk, reason="Never hurt")
    steps: list[dict[str, Any]] = [
        {"ended_at": None, "ended_because": "", "ended_by": None},
        {"ended_because": "Another reason"},
        {"claim": submitted_claim()},
        {"customer": customer, "name": None},
    ]
    for values in steps:
        with pytest.raises(DatabaseError), transaction.atomic():
            Claimant.objects.update(**values)
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("DELETE FROM parties_claimant")


def test_neither_both_nor_none_of_customer_and_name_are_stored() -> None:
    claim, customer = submitted_claim(), CustomerFactory.create()
    both = Claimant(claim=claim, customer=customer, claims_for="other", name="Nora", name_hash="0" * 64)
    for row in (both, Claimant(claim=claim, claims_for="other"), Claimant(claim=claim, claims_for="other", email="a@b.example")):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)
    Claimant(claim=claim, customer=customer, claims_for="other").save(force_insert=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        Claimant(claim=claim, customer=customer, claims_for="bodily_injury").save(force_insert=True)

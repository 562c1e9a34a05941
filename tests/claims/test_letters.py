"""Letters: what they say, that the same one is written once, and that nobody else reads them."""

import hashlib
from decimal import Decimal

import pytest
from django.core.files.storage import storages
from pytest_django import DjangoCaptureOnCommitCallbacks

from claims.clocks.jurisdiction import jurisdiction_of
from claims.events import ClaimLetterSent
from claims.letters.models import ClaimLetter, JurisdictionText
from claims.letters.models import LetterKind as K
from claims.letters.services import draft, draft_denial, kinds_of
from claims.models import Claim
from claims.services import approve_claim, deny_claim, issue_payment, pay_claim, update_claim, write_letter
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, started_claim, submitted_claim, supervisor
from vanguard.documents.papers import Facts, Heading, Paper, Table, Text
from vanguard.errors import Conflict
from vanguard.events import on

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def words(paper: Paper) -> str:
    """All that stands in the letter."""
    found = []
    for block in paper.blocks:
        match block:
            case Heading(text) | Text(text):
                found.append(text)
            case Facts(rows) | Table(rows=rows):
                found += [cell for row in rows for cell in row]
    return " ".join(found)


def letter_of(claim: Claim, kind: str) -> bytes:
    with claim.letters.get(kind=kind).file.open("rb") as stored:
        content: bytes = stored.read()
    return content


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("1187 Alder Court, Sacramento CA", "US-CA"),
        ("1 Main St\nAustin, TX 78701", "US-TX"),
        ("1 Main St\nDes Moines, IA 50309-1234", "US-IA"),
        ("Lindenweg 3, Bern", ""),
        ("", ""),
    ],
)
def test_the_address_says_which_states_law_a_letter_is_under(address: str, state: str) -> None:
    assert jurisdiction_of(address) == state


@pytest.mark.parametrize(
    ("address", "said", "cited"),
    [
        ("1187 Alder Court, Sacramento CA", "reviewed by the California Department of Insurance", "section 2695.7(b)(3)"),
        ("1 Main St, Austin, TX 78701", "Texas Department of Insurance", ""),
        ("Lindenweg 3, Bern", "ask the insurance department of your state", ""),
    ],
)
def test_a_denial_says_why_by_which_clause_and_who_reviews_it(address: str, said: str, cited: str) -> None:
    claim = started_claim(adjuster(), PolicyFactory.create(customer=CustomerFactory.create(address=address)))
    deny_claim(claim.assignee, claim.pk, reason="The pipe had rusted through.", reason_code="excluded_peril")
    text = words(draft_denial(claim.denials.get()))
    for part in (said, cited, "a cause that your policy excludes", "The pipe had rusted through.", "Clause E.1", "You can appeal."):
        assert part in text
    assert letter_of(claim, "denial").startswith(b"%PDF-")


def test_a_law_that_changes_is_a_new_row_from_its_day_on() -> None:
    rows = JurisdictionText.objects.filter(jurisdiction="US-CA", kind="denial")
    rows.update(valid_to="2020-01-01")
    JurisdictionText.objects.create(
        jurisdiction="US-CA", kind="denial", heading="Review", text="Write to Sacramento.", valid_from="2020-01-01"
    )
    claim = started_claim(adjuster())
    deny_claim(claim.assignee, claim.pk, reason="Rust")
    text = words(draft_denial(claim.denials.get()))
    assert "Write to Sacramento." in text
    assert "South Spring Street" not in text


def test_the_same_letter_is_written_once_sealed_and_to_the_byte() -> None:
    claim = submitted_claim()
    first = write_letter(None, claim.pk, kind="acknowledgement")
    second = write_letter(None, claim.pk, kind="acknowledgement")
    assert (first.is_new, second.is_new, second.letter) == (True, False, first.letter)
    content = letter_of(claim, "acknowledgement")
    assert hashlib.sha256(content).hexdigest() == first.letter.sha256
    with storages["default"].open(str(first.letter.file.name)) as stored:
        assert b"%PDF" not in stored.read()
    ClaimLetter.objects.all().delete()
    write_letter(None, claim.pk, kind="acknowledgement")
    assert letter_of(claim, "acknowledgement") == content


def test_an_approval_prints_the_settlement_proof_with_its_clauses() -> None:
    owner = supervisor()
    claim = started_claim(owner)
    update_claim(owner, claim.pk, version=None, changes={"depreciation": Decimal("500.00")})
    approve_claim(owner, claim.pk)
    claim = Claim.objects.get(pk=claim.pk)
    text = words(draft(claim, K.APPROVAL))
    for part in (
        "We pay $3,500.00",
        "Depreciation for age and wear",
        "−$500.00",
        "−$1,000.00",
        "G.3",
        "No more than one deductible",
        "up to $500.00",
    ):
        assert part in text
    written = Caller(owner).post(f"/claims/{claim.pk}/letters", {"kind": "approval"})
    assert (written.status, written.data["kind"]) == (201, "approval")
    assert Caller(owner).post(f"/claims/{claim.pk}/letters", {"kind": "approval"}).status == 200


def test_a_letter_tells_only_of_what_has_happened() -> None:
    claim = started_claim(supervisor())
    assert kinds_of(claim, has_proof=False, is_paid=False) == [K.ACKNOWLEDGEMENT, K.STATUS]
    assert "looking into what happened" in words(draft(claim, K.STATUS))
    for kind in (K.APPROVAL, K.PAYMENT):
        with pytest.raises(Conflict) as refused:
            draft(claim, kind)
        assert refused.value.code == "nothing_to_say"
    assert Caller(claim.assignee).post(f"/claims/{claim.pk}/letters", {"kind": "denial"}).status == 422
    approve_claim(claim.assignee, claim.pk)
    pay_claim(staff("Finance"), claim.pk)
    paid = Claim.objects.get(pk=claim.pk)
    assert "We have sent a payment of $4,000.00." in words(draft(paid, K.PAYMENT))
    with pytest.raises(Conflict):
        draft(paid, K.STATUS)


@pytest.mark.parametrize(("number", "shown"), [("44171234567", "•••• 4567"), ("123456", "••••")], ids=["of eleven digits", "of six"])
def test_the_letter_of_a_payment_names_its_account_by_the_last_digits(number: str, shown: str) -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approve_claim(owner, started_claim(owner).pk)
    pay_claim(owner, claim.pk, amount=Decimal("3000.00"), routing_number="121000248", account_number=number)
    issue_payment(finance, claim.payments.get().pk)
    paper = draft(Claim.objects.get(pk=claim.pk), K.PAYMENT)
    [facts] = [block for block in paper.blocks if isinstance(block, Facts)]
    assert dict(facts.rows)["Account"] == shown
    assert (number in words(paper), "121000248" in words(paper)) == (False, False)
    write_letter(None, claim.pk, kind="payment")
    assert letter_of(claim, "payment").startswith(b"%PDF-")
    pay_claim(owner, claim.pk, amount=Decimal("10.00"))
    issue_payment(finance, claim.payments.get(amount=Decimal("10.00")).pk)
    assert "Account" not in words(draft(Claim.objects.get(pk=claim.pk), K.PAYMENT))


def test_the_policyholder_reads_the_own_letters_and_nobody_elses() -> None:
    claim = started_claim(adjuster())
    deny_claim(claim.assignee, claim.pk, reason="Rust")
    letter = claim.letters.get()
    owner, stranger = Caller(policyholder(claim.policy.customer)), Caller(policyholder())
    [row] = owner.get(f"/claims/{claim.pk}/letters").data["data"]
    assert (row["id"], row["kind"], row["jurisdiction"]) == (str(letter.pk), "denial", "US-CA")
    file = owner.get(f"/documents/{letter.pk}")
    assert (file.status, file.etag) == (200, f'"{letter.sha256}"')
    assert file.response.content == letter_of(claim, "denial")
    assert stranger.get(f"/claims/{claim.pk}/letters").status == 404
    assert stranger.get(f"/documents/{letter.pk}").status == 404
    assert owner.post(f"/claims/{claim.pk}/letters", {"kind": "status"}).status == 403


def test_no_decision_waits_for_a_typeface() -> None:
    customer = CustomerFactory.create(first_name="小龍", last_name="李")
    claim = started_claim(adjuster(), PolicyFactory.create(customer=customer))
    assert deny_claim(claim.assignee, claim.pk, reason="Rust 🙂").status == "denied"
    assert letter_of(claim, "denial").startswith(b"%PDF-")


def test_clocks_and_others_hear_that_a_letter_went_out(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    heard: list[ClaimLetterSent] = []
    on(ClaimLetterSent)(heard.append)
    claim = submitted_claim()
    with django_capture_on_commit_callbacks(execute=True):
        letter = write_letter(None, claim.pk, kind="acknowledgement").letter
    assert [(event.claim_id, event.kind, event.letter_id) for event in heard] == [(claim.pk, "acknowledgement", letter.pk)]

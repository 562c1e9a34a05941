"""The examination pack: everything about a sample of claims, with checksums that a stranger can verify; recorded, and gone in time."""

import csv
import hashlib
import io
import json
import logging
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from claims.folder import Occasion, Sheet, contribute, items_of
from claims.models import Claim
from claims.oversight.models import ExaminationPack
from claims.oversight.pack import writing
from claims.oversight.pack.sampling import Chance
from claims.oversight.services import ask_for_pack, clear_packs, download_pack, make_pack
from claims.services import (
    add_note,
    appeal_claim,
    approve_claim,
    ask_information,
    attach_document,
    deny_claim,
    pay_claim,
    receive_information,
    set_reserve,
)
from policies.papers.services import make_document
from tests.authenticators import Enrolled
from tests.factories import adjuster, staff, started_claim, submitted_claim, supervisor
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts.models import User
from vanguard.encryption import streams
from vanguard.encryption.keys import DecryptionError
from vanguard.errors import Conflict, Invalid, NotAllowed, StepUpRequired

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PDF = b"%PDF-1.7\nfigures\n%%EOF\n"
WHY = "Market conduct examination 2026-17, Department of Insurance"


@pytest.fixture(autouse=True)
def _files_go_into_a_folder_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def judith(db: None) -> User:
    return staff("Compliance", first_name="Judith", last_name="Sorensen")


@pytest.fixture
def claim(db: None) -> Claim:
    """Started, with a note, a reserve, a document, a proof, and a paper of its policy."""
    owner = adjuster(first_name="Maya", last_name="Okafor")
    made = started_claim(owner)
    add_note(owner, made.pk, text='=HYPERLINK("http://evil.example")')
    set_reserve(owner, made.pk, amount=Decimal("4000.00"), reason="First estimate")
    attach_document(owner, made.pk, upload=SimpleUploadedFile("estimate.pdf", PDF))
    make_document(None, made.policy_id, kind="schedule")
    return approve_claim(owner, made.pk)


def made(pack: ExaminationPack) -> ExaminationPack:
    """As the background leaves it."""
    make_pack(pack.pk)
    pack.refresh_from_db()
    return pack


def files_of(pack: ExaminationPack) -> dict[str, bytes]:
    with pack.file.open("rb") as stored:
        whole = zipfile.ZipFile(io.BytesIO(b"".join(streams.opened(stored))))
    return {name: whole.read(name) for name in whole.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_folder_a_claim_tells_everything_and_every_checksum_fits(judith: User, claim: Claim) -> None:
    pack = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number))
    files = files_of(pack)
    folder = f"claims/{claim.claim_number}/"
    sheets = {"claim", "timeline", "clocks", "ledger", "payments", "proofs", "documents", "audit", "chain"}
    assert {f"{folder}{name}.csv" for name in sheets} | {f"{folder}claim.json", f"{folder}claim.html", "index.csv"} <= files.keys()
    assert files[f"{folder}documents/001 estimate.pdf"] == PDF
    assert [name for name in files if name.startswith(f"{folder}papers/")]
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in files["SHA256SUMS"].decode().splitlines())}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "SHA256SUMS"}
    assert pack.manifest_sha256 == sums["manifest.json"]
    manifest = json.loads(files["manifest.json"])
    assert (manifest["askedBy"], manifest["reason"], manifest["claims"][0]["number"]) == ("Judith Sorensen", WHY, claim.claim_number)
    told = [row["What"] for row in rows(files[f"{folder}timeline.csv"])]
    assert [each for each in told if "approved" in each] == ["Maya Okafor approved $4,000.00"]
    assert [(row["Citation"], row["Outcome"]) for row in rows(files[f"{folder}clocks.csv"])][:2] == [
        ("10 CCR 2695.5(e)", "kept"),
        ("10 CCR 2695.7(b)", "kept"),
    ]
    assert {row["Is"] for row in rows(files[f"{folder}proofs.csv"]) if row["What"] == "done again"} == {"comes to the same"}
    assert {row["Field"] for row in rows(files[f"{folder}audit.csv"])} >= {"status", "approved_amount"}
    recorded = rows(files[f"{folder}chain.csv"])
    assert {row["Table"] for row in recorded} >= {"claims_claim", "claims_claimtransition", "policies_policy"}


def test_its_decisions_are_told_with_their_letters(judith: User) -> None:
    owner = adjuster(first_name="Maya", last_name="Okafor")
    claim = started_claim(owner)
    ask_information(owner, claim.pk, question="When did it rain?")
    receive_information(owner, claim.pk, note="On Tuesday")
    deny_claim(owner, claim.pk, reason="Wear and tear", reason_code="excluded_peril")
    appeal_claim(owner, claim.pk, reason="It was the storm")
    files = files_of(made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number)))
    folder = f"claims/{claim.claim_number}/"
    [denial] = rows(files[f"{folder}denials.csv"])
    assert (denial["By"], denial["Reason"]) == ("Maya Okafor", "Wear and tear")
    assert denial["Reads"]
    [appeal] = rows(files[f"{folder}appeals.csv"])
    assert (appeal["What was said"], appeal["Outcome"], appeal["Decided"]) == ("It was the storm", "open", "")
    [question] = rows(files[f"{folder}questions.csv"])
    assert (question["Question"], question["What came"]) == ("When did it rain?", "On Tuesday")
    assert [row["Step"] for row in rows(files[f"{folder}checks.csv"])] == ["First notice", "Start", "Denial"]
    letters = [row["Name"] for row in rows(files[f"{folder}documents.csv"]) if row["Kind"] == "letter"]
    packed = [name for name in files if name.startswith(f"{folder}letters/")]
    assert len(letters) == len(packed) >= 3  # what was asked, the denial, the appeal's confirmation
    assert all(files[name].startswith(b"%PDF") for name in packed)
    recorded = {row["Table"] for row in rows(files[f"{folder}chain.csv"])}
    assert recorded >= {"decisions_denial", "decisions_appeal", "decisions_informationrequest", "letters_claimletter"}


def test_personal_data_is_masked_and_no_cell_is_a_formula(judith: User, claim: Claim) -> None:
    files = files_of(made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number)))
    texts = b"".join(content for name, content in files.items() if name.endswith((".csv", ".json", ".html")))
    assert b"916 555" not in texts
    assert b"Alder Court" not in texts
    assert b"1961-04-09" not in texts
    assert b"'=HYPERLINK" in files[f"claims/{claim.claim_number}/timeline.csv"]
    assert b"<script" not in texts


def test_the_account_that_a_payment_goes_to_is_told_by_its_last_digits(judith: User, claim: Claim) -> None:
    owner = claim.assignee
    pay_claim(owner, claim.pk, amount=Decimal("100.00"), routing_number="121000248", account_number="44171234567")
    pay_claim(owner, claim.pk, amount=Decimal("200.00"))
    files = files_of(made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number)))
    told = {row["Amount"]: row["Account, masked"] for row in rows(files[f"claims/{claim.claim_number}/payments.csv"])}
    assert told == {"100.00": "•••• 4567", "200.00": ""}
    assert "•••• 4567" in files[f"claims/{claim.claim_number}/claim.html"].decode()
    assert not [name for name, content in files.items() if b"44171234567" in content or b"121000248" in content]


def test_as_known_on_a_day_leaves_out_what_came_later(judith: User, claim: Claim) -> None:
    before = claim.transitions.get(command="start").at
    pack = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number, as_of=before))
    files = files_of(pack)
    facts = {row["What"]: row["Is"] for row in rows(files[f"claims/{claim.claim_number}/claim.csv"])}
    assert (facts["Status"], facts["Approved"]) == ("Processing", "")
    assert not rows(files[f"claims/{claim.claim_number}/ledger.csv"])
    assert not [name for name in files if "/documents/" in name]
    early = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number, as_of=before - timedelta(days=3)))
    assert rows(files_of(early)["index.csv"])[0]["Status"] == "not known by then"


def test_a_file_that_was_changed_is_not_handed_out_as_if_it_were_not(judith: User, claim: Claim) -> None:
    Path(claim.documents.get().file.path).write_bytes(b"another")
    files = files_of(made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number)))
    assert b"checksum differs" in files[f"claims/{claim.claim_number}/documents/001 estimate.pdf.missing.txt"]
    assert rows(files["index.csv"])[0]["Files that do not fit their checksum"] == "1"


def test_the_same_seed_draws_the_same_claims_again(judith: User) -> None:
    for _ in range(6):
        submitted_claim()
    today = timezone.now().date()
    chance = Chance("2026-17", 3, today - timedelta(days=30), today)
    first, second = (ask_for_pack(judith, reason=WHY, chance=chance) for _ in range(2))
    other = ask_for_pack(judith, reason=WHY, chance=Chance("another", 6, today - timedelta(days=30), today))
    assert first.claim_numbers == second.claim_numbers
    assert len(set(first.claim_numbers)) == 3
    assert other.claim_numbers != sorted(other.claim_numbers)
    numbers = Claim.objects.values_list("claim_number", flat=True)
    by_hand = sorted(numbers, key=lambda number: hashlib.md5(f"2026-17{number}".encode(), usedforsecurity=False).hexdigest())
    assert first.claim_numbers == by_hand[:3]
    assert (first.sample["outOf"], first.sample["seed"]) == (6, "2026-17")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"reason": " ", "numbers": "CLM-1"}, "reason"),
        ({"reason": WHY, "numbers": " , "}, "numbers"),
        ({"reason": WHY, "numbers": "CLM-NONE"}, "numbers"),
        ({"reason": WHY, "numbers": " ".join(f"CLM-{n}" for n in range(501))}, "numbers"),
        ({"reason": WHY, "chance": Chance("s", 501, date(2026, 1, 1), date(2026, 2, 1))}, "size"),
        ({"reason": WHY, "chance": Chance("s", 5, date(2026, 2, 1), date(2026, 1, 1))}, "until"),
        ({"reason": WHY, "chance": Chance("s", 5, date(1950, 1, 1), date(1950, 2, 1))}, "since"),
        ({"reason": WHY, "numbers": "CLM-1", "as_of": timezone.now() + timedelta(days=2)}, "as_of"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask_for_pack(None, **asked)
    assert refused.value.errors[0].field == field


def test_compliance_asks_on_the_page_and_each_download_is_recorded(judith: User, claim: Claim) -> None:
    desk = desk_of(judith)
    form = {"reason": WHY, "how": "named", "numbers": claim.claim_number, "since": "", "until": ""}
    assert "is being made" in words(desk.post("/admin/packs/new/", form, follow=True))
    wrong = desk.post("/admin/packs/new/", form | {"numbers": "CLM-NONE"})
    assert (wrong.status_code, "There is no claim CLM-NONE" in words(wrong)) == (422, True)
    pack = ExaminationPack.objects.get()
    assert desk.get(f"/admin/packs/{pack.pk}/download/", follow=True).redirect_chain[0][0] == f"/admin/packs/{pack.pk}/"
    call_command("make_examination_packs", stdout=io.StringIO())
    assert "Ready" in words(desk.get("/admin/packs/"))
    answer: Any = desk.get(f"/admin/packs/{pack.pk}/download/")
    content = answer.getvalue()
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert int(answer["Content-Length"]) == len(content)
    entry = LogEntry.objects.get_for_object(pack).filter(action=LogEntry.Action.ACCESS).get()
    assert entry.actor == judith
    assert WHY in words(desk.get(f"/admin/packs/{pack.pk}/"))


def test_who_has_a_second_factor_gives_a_fresh_code_before_asking_and_before_taking(judith: User, claim: Claim) -> None:
    enrolled = Enrolled(judith)
    for refused in (partial(ask_for_pack, judith, reason=WHY, numbers=claim.claim_number), partial(download_pack, judith, uuid4())):
        with pytest.raises(StepUpRequired):
            refused()
    desk = desk_of(judith)
    form = {"reason": WHY, "how": "named", "numbers": claim.claim_number, "since": "", "until": ""}
    assert desk.post("/admin/packs/new/", form).status_code == 403
    assert not ExaminationPack.objects.exists()
    assert desk.post("/admin/packs/new/", form | {"step_up_code": enrolled.code()}).status_code == 302
    pack = made(ExaminationPack.objects.get())
    assert desk.get(f"/admin/packs/{pack.pk}/download/").status_code == 200
    later = desk_of(judith)
    assert later.get(f"/admin/packs/{pack.pk}/download/").status_code == 403
    taken: Any = later.post(f"/admin/packs/{pack.pk}/download/", {"step_up_code": enrolled.code(1)})
    assert zipfile.ZipFile(io.BytesIO(taken.getvalue())).testzip() is None


def test_each_taking_is_an_event_and_a_days_takings_of_more_people_than_a_days_looks_an_alarm(
    judith: User, claim: Claim, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REVEALS_A_DAY = 1
    one, other = (made(ask_for_pack(judith, reason=WHY, numbers=each.claim_number)) for each in (claim, submitted_claim()))
    with caplog.at_level(logging.INFO, "insurance.events"):
        for pack in (one, one, other):  # the same one again is nobody more
            download_pack(judith, pack.pk)
    said = [vars(record) for record in caplog.records]
    told = [(each["event_type"], each["details"].get("customers")) for each in said if "event_type" in each]
    assert told[-4:] == [*[("examination_pack_taken", 1)] * 3, ("reveal_quota_exceeded", None)]


def test_others_neither_ask_nor_take(claim: Claim, judith: User) -> None:
    pack = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number))
    for person in (adjuster(), supervisor(), staff("Finance")):
        desk = desk_of(person)
        pages = ("", "new/", f"{pack.pk}/", f"{pack.pk}/download/")
        assert [desk.get(f"/admin/packs/{each}").status_code for each in pages] == [403] * 4
        with pytest.raises(NotAllowed):
            ask_for_pack(person, reason=WHY, numbers=claim.claim_number)
        with pytest.raises(NotAllowed):
            download_pack(person, pack.pk)


def test_a_pack_is_encrypted_while_it_is_there_and_goes_when_its_time_is_over(judith: User, claim: Claim) -> None:
    pack = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number))
    path = Path(pack.file.path)
    assert b"PK\x03\x04" not in path.read_bytes()[:200]
    assert clear_packs() == 0
    ExaminationPack.objects.filter(pk=pack.pk).update(expires_at=timezone.now())
    assert clear_packs() == 1
    assert not path.exists()
    with pytest.raises(Conflict, match="time is over"):
        download_pack(judith, pack.pk)
    pack.refresh_from_db()
    assert len(pack.manifest_sha256) == 64
    assert "time is over" in source(desk_of(judith).get(f"/admin/packs/{pack.pk}/"))


def test_one_that_breaks_off_says_so_and_can_be_asked_for_again(judith: User, claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_BYTES", 100)
    pack = made(ask_for_pack(judith, reason=WHY, numbers=claim.claim_number))
    assert (pack.state, pack.trouble.endswith("Ask for fewer claims.")) == ("failed", True)
    assert pack.trouble in words(desk_of(judith).get(f"/admin/packs/{pack.pk}/"))
    assert make_pack(pack.pk) is None


def test_a_subject_adds_to_the_folder_by_itself(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.folder._contributions", [])

    def letters(occasion: Occasion) -> list[Sheet]:
        return [Sheet("letters", "Letters", ("Sent",), [(occasion.claim.claim_number,)])]

    contribute(letters)
    contribute(letters)
    [sheet] = items_of(Occasion(claim, timezone.now(), None))
    assert isinstance(sheet, Sheet)
    assert sheet.rows == [(claim.claim_number,)]


@pytest.mark.parametrize("size", [0, 1, streams.PIECE, streams.PIECE + 1, 3 * streams.PIECE])
def test_a_sealed_stream_opens_to_the_same_bytes(size: int) -> None:
    content, sealed = b"x" * size, io.BytesIO()
    streams.seal(io.BytesIO(content), sealed)
    assert b"".join(streams.opened(io.BytesIO(sealed.getvalue()))) == content


def test_a_sealed_stream_without_its_end_or_out_of_order_does_not_open() -> None:
    sealed = io.BytesIO()
    streams.seal(io.BytesIO(b"x" * (2 * streams.PIECE + 1)), sealed)
    first, second, third = sealed.getvalue().splitlines(keepends=True)
    for wrong in (first + second, second + first + third, first + third, first + second + third + third, b""):
        with pytest.raises(DecryptionError):
            list(streams.opened(io.BytesIO(wrong)))

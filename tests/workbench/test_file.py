import base64
import hashlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from claims.models import Claim, ClaimDocument, ClaimNote
from claims.services import attach_document
from tests.factories import policyholder, started_claim, submitted_claim
from tests.security.long import figure
from tests.workbench.desk import claim_url, desk_of, open_form, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def documents_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def claim(maya: User) -> Claim:
    return started_claim(maya)


def pdf(name: str = "Estimate v3.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_a_note_is_in_the_timeline_with_its_author(at_maya: Client, claim: Claim) -> None:
    answer = send(at_maya, claim_url(claim, "note"), text="Called the insured.\nShe accepts.")
    assert "Your note is in the file." in words(answer)
    assert "Maya Okafor Called the insured. She accepts." in words(answer)


def test_an_empty_note_is_refused_and_one_sent_twice_is_kept_once(at_maya: Client, claim: Claim) -> None:
    assert send(at_maya, claim_url(claim, "note"), text="  ").status_code == 422
    sent = open_form(at_maya, claim_url(claim, "note")) | {"text": "Once is enough."}
    for _ in range(2):
        at_maya.post(claim_url(claim, "note"), sent)
    assert ClaimNote.objects.count() == 1


def test_anybody_who_handles_claims_may_write_a_note_on_anothers_claim(at_daniel: Client, claim: Claim) -> None:
    send(at_daniel, claim_url(claim, "note"), text="Looked at it.")
    assert ClaimNote.objects.get().author.first_name == "Daniel"  # type: ignore[union-attr]


def test_a_document_is_kept_with_what_it_really_is(at_maya: Client, claim: Claim) -> None:
    answer = send(at_maya, claim_url(claim, "document"), file=pdf())
    document = ClaimDocument.objects.get()
    assert "The document is in the file." in words(answer)
    assert (document.name, document.content_type, document.size) == ("Estimate v3.pdf", "application/pdf", len(PDF))
    assert document.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "Estimate v3.pdf added by Maya Okafor" in words(answer)


def test_a_document_comes_back_as_an_attachment_that_no_browser_runs(at_maya: Client, claim: Claim) -> None:
    send(at_maya, claim_url(claim, "document"), file=pdf("Gutachten Müller.pdf"))
    answer = at_maya.get(f"/admin/claims/claim/document/{ClaimDocument.objects.get().pk}/")
    assert answer.content == PDF
    shown = [answer.headers[name] for name in ("Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy")]
    figure("S11", f"a document comes back with {shown[0].partition(';')[0]}, {shown[1]}, {shown[2]}")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Gutachten%20M%C3%BCller.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(PDF).digest()).decode()}:"


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (pdf("run.exe"), "Files of this type are not taken."),
        (pdf("page.html", b"<html><script>alert(1)</script>"), "Files of this type are not taken."),
        (pdf("report.pdf", b"<html>"), "its content is not PDF"),
        (pdf("photo.jpg"), "its content is not JPEG"),
        (pdf("empty.pdf", b""), "The file is empty."),
        (pdf("large.pdf", PDF + b"0" * 10 * 1024 * 1024), "at most 10 MiB are taken"),
    ],
)
def test_what_is_not_taken_is_refused_at_its_field(at_maya: Client, claim: Claim, upload: SimpleUploadedFile, says: str) -> None:
    answer = send(at_maya, claim_url(claim, "document"), file=upload)
    assert answer.status_code == 422
    assert says in words(answer)
    assert ClaimDocument.objects.count() == 0


def test_a_form_without_a_file_is_refused(at_maya: Client, claim: Claim) -> None:
    assert "File is missing." in words(send(at_maya, claim_url(claim, "document")))


def test_the_same_file_is_in_the_folder_once(at_maya: Client, claim: Claim) -> None:
    send(at_maya, claim_url(claim, "document"), file=pdf())
    again = send(at_maya, claim_url(claim, "document"), file=pdf("copy.pdf"))
    assert again.status_code == 409
    assert "The same file is in the folder already: “Estimate v3.pdf”" in words(again)
    assert ClaimDocument.objects.count() == 1


def test_a_file_that_was_changed_in_the_store_is_not_handed_out(at_maya: Client, claim: Claim) -> None:
    document = attach_document(None, claim.pk, upload=pdf())
    Path(document.file.path).write_bytes(PDF + b"tampered")
    answer = at_maya.get(f"/admin/claims/claim/document/{document.pk}/", follow=True)
    assert "its checksum differs. It was not handed out." in words(answer)
    assert b"tampered" not in answer.content


def test_a_document_is_handed_out_to_staff_only(claim: Claim, at_priya: Client) -> None:
    document = attach_document(None, claim.pk, upload=pdf())
    url = f"/admin/claims/claim/document/{document.pk}/"
    assert at_priya.get(url).status_code == 200
    assert desk_of(policyholder()).get(url).status_code == 302
    assert Client().get(url).status_code == 302


def test_a_claim_with_documents_is_not_deleted(at_daniel: Client) -> None:
    claim = submitted_claim()
    attach_document(None, claim.pk, upload=pdf())
    sent = open_form(at_daniel, claim_url(claim, "remove"))
    assert at_daniel.post(claim_url(claim, "remove"), sent).status_code == 409
    assert "Estimate v3.pdf" in source(at_daniel.get(claim_url(claim)))

"""Documents: kinds, the scanner's boundary, who may send and read them."""

import errno
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as of_the_tests
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from pytest_django import Settings

from claims.models import Claim, ClaimDocument
from claims.services import attach_document, scan_waiting_documents
from tests.api.calling import Caller
from tests.factories import adjuster, policyholder, submitted_claim, underwriter
from tests.workbench.desk import claim_url, desk_of, words
from vanguard.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PDF = b"%PDF-1.7\n%%EOF\n"


class Daemon:
    """A clamd that speaks INSTREAM on a loopback port: harmful is what holds the word VIRUS."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.seen: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                if stream.read(10) != b"zINSTREAM\0":
                    continue
                content = b""
                while length := struct.unpack("!L", stream.read(4))[0]:
                    content += stream.read(length)
                self.seen.append(content)
                stream.write(b"stream: Test.Virus FOUND\0" if b"VIRUS" in content else b"stream: OK\0")
                stream.flush()


@pytest.fixture
def daemon(settings: Settings) -> Iterator[Daemon]:
    running = Daemon()
    settings.CLAMD_ADDRESS = running.address
    yield running
    running.listener.close()


def pdf(content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile("invoice.pdf", content)


def test_a_document_has_a_kind_and_says_that_nobody_scanned_it() -> None:
    claim = submitted_claim()
    answer = Caller(adjuster()).upload(f"/claims/{claim.pk}/documents", "invoice.pdf", PDF, kind="invoice")
    assert (answer.status, answer.data["kind"], answer.data["scanState"]) == (201, "invoice", "not_scanned")
    assert answer.headers["Location"] == f"/api/documents/{answer.data['id']}"
    page = words(desk_of(adjuster()).get(claim_url(claim)))
    assert "Invoice. Not scanned: no scanner is set up" in page


def test_the_policyholder_sends_and_reads_the_own_and_nobody_elses() -> None:
    claim = submitted_claim()
    owner, stranger = Caller(policyholder(claim.policy.customer)), Caller(policyholder())
    sent = owner.upload(f"/claims/{claim.pk}/documents", "photo.pdf", PDF, kind="photo")
    assert sent.status == 201
    assert owner.get(f"/claims/{claim.pk}/documents?kind=photo").ids == [sent.data["id"]]
    assert owner.get(f"/documents/{sent.data['id']}").response.content == PDF
    assert stranger.upload(f"/claims/{claim.pk}/documents", "photo.pdf", PDF).status == 404
    assert stranger.get(f"/claims/{claim.pk}/documents").status == 404
    assert stranger.get(f"/documents/{sent.data['id']}").status == 404
    assert Caller(underwriter()).upload(f"/claims/{claim.pk}/documents", "photo.pdf", PDF).status == 403


def test_where_the_disk_is_full_nothing_is_kept_and_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real full disk is filled by `make faults` (R10)."""
    claim, caller = submitted_claim(), Caller(adjuster())
    files = Path(of_the_tests.MEDIA_ROOT)
    before = set(files.rglob("*"))

    def half(storage: FileSystemStorage, name: str, _content: object) -> str:
        Path(storage.path(name)).write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", half)
        answer = caller.upload(f"/claims/{claim.pk}/documents", "invoice.pdf", PDF)
    assert (answer.status, answer.errors) == (507, {"": "no_room"})
    assert set(files.rglob("*")) == before
    assert not ClaimDocument.objects.exists()
    assert caller.upload(f"/claims/{claim.pk}/documents", "invoice.pdf", PDF).status == 201


@pytest.mark.parametrize(
    ("fields", "content", "errors"),
    [
        ({"kind": "poem"}, PDF, {"kind": "unknown"}),
        ({"colour": "red"}, PDF, {"colour": "unknown_field"}),
        ({}, b"MZ" + PDF, {"file": "not_what_it_says"}),
        ({}, b"", {"file": "empty"}),
    ],
)
def test_what_is_not_taken_is_refused_at_its_field_and_not_kept(fields: dict[str, str], content: bytes, errors: dict[str, str]) -> None:
    claim = submitted_claim()
    answer = Caller(adjuster()).upload(f"/claims/{claim.pk}/documents", "a.pdf", content, **fields)
    assert (answer.status, answer.errors) == (422, errors)
    assert not ClaimDocument.objects.exists()


def test_only_a_form_with_one_file_is_an_upload() -> None:
    claim, caller = submitted_claim(), Caller(adjuster())
    assert caller.post(f"/claims/{claim.pk}/documents", {"file": "x"}).status == 415
    broken = caller.send_bytes("POST", f"/claims/{claim.pk}/documents", b"--", **{"Content-Type": "multipart/form-data"})
    assert broken.status == 400
    nothing = caller.send_bytes(
        "POST", f"/claims/{claim.pk}/documents", b"--b--\r\n", **{"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (nothing.status, nothing.errors) == (422, {"file": "required"})


def test_the_same_upload_under_one_key_is_one_document() -> None:
    claim, caller = submitted_claim(), Caller(adjuster())
    kind = "multipart/form-data; boundary=b"
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF + b"\r\n--b--\r\n"
    answers = [
        caller.send_bytes("POST", f"/claims/{claim.pk}/documents", body, **{"Content-Type": kind, "Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert ClaimDocument.objects.count() == 1


def test_a_clean_file_is_scanned_whole_before_it_is_kept(daemon: Daemon) -> None:
    content = PDF + b"x" * 200_000
    document = attach_document(None, submitted_claim().pk, upload=pdf(content))
    assert (document.scan_state, daemon.seen) == ("clean", [content])
    with document.file.open("rb") as stored:
        assert stored.read() == content


def test_what_the_scanner_finds_harmful_is_refused_and_not_kept(daemon: Daemon) -> None:
    claim = submitted_claim()
    with pytest.raises(Invalid) as refused:
        attach_document(None, claim.pk, upload=pdf(PDF + b"VIRUS"))
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == ("file", "harmful")
    assert not ClaimDocument.objects.exists()
    assert daemon.seen


def waiting(claim: Claim, settings: Settings, content: bytes = PDF) -> ClaimDocument:
    """It came while the scanner did not answer."""
    answering = settings.CLAMD_ADDRESS
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    document = attach_document(None, claim.pk, upload=pdf(content))
    settings.CLAMD_ADDRESS = answering
    return document


@pytest.mark.parametrize("content", [PDF, PDF + b"VIRUS"])
def test_what_waits_for_the_scanner_is_not_handed_out_until_it_is_clean(daemon: Daemon, settings: Settings, content: bytes) -> None:
    claim = submitted_claim()
    document = waiting(claim, settings, content)
    assert document.scan_state == "pending"
    owner, desk = Caller(policyholder(claim.policy.customer)), desk_of(adjuster())
    refused = owner.get(f"/documents/{document.pk}")
    assert (refused.status, refused.errors) == (409, {"": "not_scanned_yet"})
    assert f"document/{document.pk}" not in desk.get(claim_url(claim)).content.decode()
    assert desk.get(f"/admin/claims/claim/document/{document.pk}/").status_code == 302
    harmful = b"VIRUS" in content
    assert scan_waiting_documents() == ((0, 1) if harmful else (1, 0))
    answer = owner.get(f"/documents/{document.pk}")
    assert (answer.status, answer.response.content == content) == ((409, False) if harmful else (200, True))
    if harmful:
        assert answer.errors == {"": "harmful"}


def test_the_command_asks_again_and_what_gets_no_answer_goes_on_waiting(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.CLAMD_ADDRESS = "unix:/nowhere/clamd.sock"
    document = attach_document(None, submitted_claim().pk, upload=pdf())
    call_command("scan_documents")
    assert capsys.readouterr().out == "0 clean, 0 harmful.\n"
    document.refresh_from_db()
    assert document.scan_state == "pending"

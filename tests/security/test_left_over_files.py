"""A file without a record holds what nobody may see and nobody erases: it is taken away, and no file with a record ever is."""

import datetime
import io
import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from claims.models import ClaimDocument
from claims.services import attach_document
from tests.factories import submitted_claim
from vanguard.documents import keeping

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _documents(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


def left(name: str, days: float = 2) -> str:
    """A file without a record, written so many days ago."""
    stored = storages["default"].save(name, ContentFile(b"%PDF-1.7"))
    then = (timezone.now() - datetime.timedelta(days=days)).timestamp()
    os.utime(storages["default"].path(stored), (then, then))
    return stored


def attached() -> ClaimDocument:
    document = attach_document(None, submitted_claim().pk, upload=SimpleUploadedFile("invoice.pdf", b"%PDF-1.7 invoice"))
    then = (timezone.now() - datetime.timedelta(days=9)).timestamp()
    os.utime(document.file.path, (then, then))
    return document


def exists(name: str) -> bool:
    return storages["default"].exists(name)


def test_what_no_record_names_goes_after_a_day() -> None:
    mine, beside = attached(), attached()
    folder = str(Path(mine.file.name or "").parent)
    gone = [left(f"{folder}/one"), left("letters/2024/02/two"), left("policies/2024/02/three")]
    young, foreign = left(f"{folder}/four", days=0.5), left("elsewhere/five")
    out = io.StringIO()
    call_command("apply_retention", stdout=out)
    assert "files without a record: 3" in out.getvalue()
    assert not any(exists(name) for name in gone)
    assert all(exists(name or "") for name in (mine.file.name, beside.file.name, young, foreign))
    assert keeping.clear_left_over() == 0


def test_many_at_once_are_left_and_told_of_until_somebody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping.clear_left_over, "__defaults__", (1,))
    names = [left("claims/2024/02/one"), left("claims/2024/02/two")]
    with pytest.raises(CommandError, match="files without a record"):
        call_command("apply_retention", stdout=io.StringIO())
    out = io.StringIO()
    call_command("clear_left_over", "--list", stdout=out)
    assert out.getvalue().split() == names
    assert all(exists(name) for name in names)
    call_command("clear_left_over", "--all", stdout=out)
    assert not any(exists(name) for name in names)


def test_a_file_whose_row_is_refused_goes_at_once() -> None:
    mine = attached()
    again = ClaimDocument(pk=mine.pk, claim=mine.claim, name="x", content_type="x", size=1, sha256="0" * 64, uploaded_by=None)
    before = set(Path(storages["default"].path("claims")).rglob("*"))
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        keeping.store(again, ContentFile(b"%PDF-1.7"))
    assert set(Path(storages["default"].path("claims")).rglob("*")) == before


def test_a_file_stays_where_nobody_knows_whether_its_row_was_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = submitted_claim()

    def lost(*_args: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("claims.services.file.tell", lost)
    with pytest.raises(OperationalError):
        attach_document(None, claim.pk, upload=SimpleUploadedFile("invoice.pdf", b"%PDF-1.7 invoice"))
    assert len([path for path in Path(storages["default"].path("claims")).rglob("*") if path.is_file()]) == 1

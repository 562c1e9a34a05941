"""S10, long: each bomb by the door that takes it. Refused within a second of work, and with at most 100 MB more."""

import gzip
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from claims.bordereau.importing import import_claims
from claims.bordereau.refusals import BordereauRefused
from tests.api.calling import Caller
from tests.factories import submitted_claim, superuser
from tests.security.long import figure
from tests.workbench.desk import desk_of
from tests.workbench.test_uploads import picture

pytestmark = pytest.mark.django_db
MOST_SECONDS, MOST_MB = 1.0, 100
TEN_MIB = 10 * 1024 * 1024 - 2048


def archive(parts: int, size: int) -> bytes:
    """A document of so many parts of so many zeros."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in ("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"):
            packed.writestr(name, b"0")
        for number in range(parts):
            packed.writestr(f"word/{number}.xml", b"\0" * size)
    return target.getvalue()


def lying(content: bytes, size: int) -> bytes:
    """The archive, saying of each part that it holds ten bytes."""
    return content.replace(struct.pack("<L", size), struct.pack("<L", 10))


def nested(depth: int) -> bytes:
    content = b"\0" * 1_000_000
    for _ in range(depth):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("[Content_Types].xml", b"0")
            packed.writestr("word/document.xml", b"0")
            packed.writestr("inner.zip", content)
        content = target.getvalue()
    return content


UPLOADS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a document of 300 MB of zeros": ("a.docx", lambda: archive(3, 100_000_000)),
    "one that says that it is small": ("a.docx", lambda: lying(archive(1, 90_000_000), 90_000_000)),
    "a workbook of 30,000 parts": ("a.xlsx", lambda: archive(30_000, 10)),
    "archives in archives": ("a.docx", lambda: nested(6)),
    "a picture of 60,000 by 60,000": ("a.png", lambda: picture(60_000, 60_000)),
    "a picture with 10 MB of packed text": ("a.png", lambda: with_text(picture(60_000, 60_000))),
}
BODIES: dict[str, Callable[[], bytes]] = {
    "lists in lists": lambda: b"[" * 1_000_000,
    "objects in objects": lambda: b'{"a":' * 200_000,
    "a number of a million digits": lambda: b'{"premiumAmount": ' + b"9" * 1_000_000 + b"}",
    "a number with a huge exponent": lambda: b'{"premiumAmount": 1e999999999}',
    "a hundred thousand fields": lambda: b"{" + b",".join(b'"a%d":1' % number for number in range(80_000)) + b"}",
}


def with_text(content: bytes) -> bytes:
    """The picture with a compressed comment that unpacks to gigabytes, if anybody does."""
    data = b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000, 9)
    chunk = struct.pack("!L", len(data)) + b"zTXt" + data + struct.pack("!L", zlib.crc32(b"zTXt" + data))
    return content[:33] + chunk + content[33:]


def peak() -> float:
    """The most memory that this process has had since it was last forgotten, in MB. Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measured(what: str, ask: Callable[[], int]) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # what making the bomb took is not the platform's
    before, began = peak(), time.process_time()  # of all threads: the API's views run in one of their own
    status = ask()
    seconds, grown = time.process_time() - began, peak() - before
    figure("S10", f"{what}: {status} after {seconds:.2f} s of work, {grown:+.0f} MB")
    assert 400 <= status < 500
    assert seconds <= MOST_SECONDS
    assert grown <= MOST_MB


@pytest.mark.parametrize("what", UPLOADS)
def test_an_upload(what: str) -> None:
    name, make = UPLOADS[what]
    content, claim, caller = make(), submitted_claim(), Caller(superuser())
    assert len(content) < TEN_MIB, "the size alone would refuse it"
    measured(what, lambda: int(caller.upload(f"/claims/{claim.pk}/documents", name, content, kind="invoice").status))


@pytest.mark.parametrize("what", BODIES)
def test_a_body(what: str) -> None:
    content, caller = BODIES[what](), Caller(superuser())
    measured(what, lambda: int(caller.send_bytes("POST", "/policies", content).status))


def test_a_form_of_a_hundred_thousand_fields() -> None:
    desk, body = desk_of(superuser()), b"&".join(b"a%d=1" % number for number in range(100_000))
    form = "application/x-www-form-urlencoded"
    assert settings.DATA_UPLOAD_MAX_NUMBER_FIELDS == 2000
    measured("a form of 100,000 fields", lambda: desk.post("/admin/claims/claim/add/", body, content_type=form).status_code)


def test_a_bordereau_that_unpacks_without_end(tmp_path: Path) -> None:
    packed = tmp_path / "claims.csv.gz"
    with gzip.open(packed, "wb", 9) as file:
        for _ in range(200):
            file.write(b"0" * 1_000_000)

    def ask() -> int:
        with pytest.raises(BordereauRefused, match="refused"):
            import_claims(None, packed)
        return 422

    measured("a bordereau of one line of 200 MB", ask)

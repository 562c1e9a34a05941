"""What vanguard.documents takes, and what it refuses, whichever page or path it came by."""

import hashlib
import io
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.security.long import figure
from vanguard.documents import MAX_BYTES, inspect
from vanguard.documents.inspection import SCANNER_TEST, safe_name
from vanguard.errors import Invalid

PDF = b"%PDF-1.7\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def office(part: str, *more: str, size: int = 10) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, b"0" * size)
    return target.getvalue()


def look(name: str, content: bytes) -> tuple[str, str]:
    found = inspect(SimpleUploadedFile(name, content))
    return found.name, found.content_type


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.JPG", JPEG, "image/jpeg"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 8, "image/png"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0", "image/heic"),
        ("a.tiff", b"II*\x00" + b"\0" * 8, "image/tiff"),
        ("a.txt", "Grüße\r\nline".encode(), "text/plain; charset=utf-8"),
        ("a.csv", b"a,b\n1,2\n", "text/plain; charset=utf-8"),
        ("a.docx", office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_the_type_is_found_by_the_content(name: str, content: bytes, content_type: str) -> None:
    assert look(name, content) == (name.lower(), content_type)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a", PDF, "type_not_taken"),
        ("a.svg", b"<svg/>", "type_not_taken"),
        ("a.pdf.exe", b"MZ", "type_not_taken"),
        ("a.pdf", b"MZ" + PDF, "not_what_it_says"),
        ("a.txt", b"<!DOCTYPE html><script>", "not_what_it_says"),
        ("a.txt", b"  \n<svg onload=x>", "not_what_it_says"),
        ("a.txt", b"\xff\xfe\x00bad", "not_what_it_says"),
        ("a.txt", b"ok \x00 not", "not_what_it_says"),
        ("a.docx", office("xl/workbook.xml"), "not_what_it_says"),
        ("a.docx", office("word/document.xml", "word/vbaProject.bin"), "not_what_it_says"),
        ("a.docx", b"PK\x03\x04 not a zip", "not_what_it_says"),
        ("a.jpg", JPEG + office("word/document.xml"), "two_in_one"),
        ("a.pdf", PDF + office("x"), "two_in_one"),
        ("a.txt", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + SCANNER_TEST + b"!$H+H*", "harmful"),
        ("a.pdf", b"", "empty"),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_reason(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        look(name, content)
    figure("S11", f"a file that is not what it says: refused as {refused.value.errors[0].code}")
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == ("file", code)


def test_ten_mebibytes_are_taken_and_a_byte_more_is_not() -> None:
    assert inspect(SimpleUploadedFile("a.pdf", PDF + b"0" * (MAX_BYTES - len(PDF)))).size == MAX_BYTES
    with pytest.raises(Invalid, match="at most 10 MiB"):
        inspect(SimpleUploadedFile("a.pdf", PDF + b"0" * (MAX_BYTES - len(PDF) + 1)))


def test_the_checksum_is_of_the_whole_and_the_file_is_left_rewound() -> None:
    upload = SimpleUploadedFile("a.pdf", PDF)
    assert inspect(upload).sha256 == hashlib.sha256(PDF).hexdigest()
    assert upload.read() == PDF


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\maya\\Estimate.PDF", "Estimate.pdf"),
        ("re\r\nport\x00.pdf", "report.pdf"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe.pdf", "afdp.exe.pdf"),
        (".pdf", "pdf"),
        ("...", "document"),
        ("Gutachten Müller.pdf", "Gutachten Müller.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_to_show_and_to_send(raw: str, kept: str) -> None:
    figure("S11", f"a name made against paths, headers or people is kept {'harmless' if safe_name(raw) == kept else safe_name(raw)}")
    assert safe_name(raw) == kept


def test_of_a_document_of_thousands_of_parts_not_even_the_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    many = office("xl/workbook.xml", *(f"xl/{number}.xml" for number in range(3_000)))
    some = office("xl/workbook.xml", *(f"xl/{number}.xml" for number in range(1_000)))
    assert look("a.xlsx", some)[0] == "a.xlsx"
    # What the end of the archive says of their number counts for nothing: readers go by the list itself.
    at = many.rfind(b"PK\x05\x06")
    lying = many[: at + 8] + struct.pack("<HH", 3, 3) + many[at + 12 :]
    monkeypatch.setattr(zipfile, "ZipFile", None)
    for content in (many, lying):
        with pytest.raises(Invalid) as refused:
            look("a.xlsx", content)
        assert refused.value.errors[0].code == "not_what_it_says"


def test_a_document_that_unpacks_to_more_than_a_hundred_mebibytes_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        look("a.xlsx", office("xl/workbook.xml", size=60 * 1024 * 1024))
    assert refused.value.errors[0].code == "not_what_it_says"


def test_text_cut_in_the_middle_of_a_character_is_still_text() -> None:
    assert look("a.txt", b"x" * 4095 + "ü".encode() * 10)[1].startswith("text/plain")


def picture(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds nothing."""
    header = struct.pack("!LLBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    packed = (struct.pack("!L", len(data)) + name + data + struct.pack("!L", zlib.crc32(name + data)) for name, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_a_picture_that_unpacks_to_more_than_any_camera_makes_is_refused_unopened() -> None:
    assert look("a.png", picture(12_000, 9_000))[1] == "image/png"
    for width, height in ((60_000, 60_000), (2_000_000_000, 2)):
        with pytest.raises(Invalid) as refused:
            look("a.png", picture(width, height))
        assert refused.value.errors[0].code == "too_many_dots"


def test_nor_does_it_help_to_put_a_text_into_it_over_which_the_reader_stumbles() -> None:
    data = b"Comment\0\0" + zlib.compress(b"\0" * 5_000_000)
    text = struct.pack("!L", len(data)) + b"zTXt" + data + struct.pack("!L", zlib.crc32(b"zTXt" + data))
    behind_the_header = 33
    small, large = (each[:behind_the_header] + text + each[behind_the_header:] for each in (picture(3_000, 2_000), picture(60_000, 60_000)))
    assert look("a.png", small)[1] == "image/png"
    with pytest.raises(Invalid) as refused:
        look("a.png", large)
    assert refused.value.errors[0].code == "too_many_dots"


@pytest.mark.parametrize("part", ["word/run.exe", "word/embeddings/more.ZIP", "word/macro.JS"])
def test_a_document_with_parts_that_run_or_hide_more_is_refused(part: str) -> None:
    with pytest.raises(Invalid) as refused:
        look("a.docx", office("word/document.xml", part))
    assert refused.value.errors[0].code == "not_what_it_says"


def test_a_part_that_holds_more_than_it_says_is_refused() -> None:
    content = bytearray(office("word/document.xml", size=50_000))
    while (at := content.find(struct.pack("<L", 50_000))) >= 0:  # its size, wherever it is said
        content[at : at + 4] = struct.pack("<L", 10)
    with pytest.raises(Invalid) as refused:
        look("a.docx", bytes(content))
    assert refused.value.errors[0].code == "not_what_it_says"

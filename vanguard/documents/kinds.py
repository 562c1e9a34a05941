"""Which files we take, and how each is known by its content: a name or a browser's word proves nothing."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from PIL import Image

OFFICE_MAX_ENTRIES = 2_000
# Each entry in an archive's list begins with this.
ENTRY = b"PK\x01\x02"
OFFICE_MAX_UNPACKED = 100 * 1024 * 1024
# Parts that run, or that hide more parts, have no place in a document.
NOT_IN_OFFICE = (".bin", ".exe", ".dll", ".js", ".vbs", ".jar", ".zip")
# A photo of today's cameras has up to 200 million dots; a picture that says more is there to fill memory.
MOST_DOTS = 250_000_000
# Signature, length and name of the first chunk, width and height.
PNG_HEAD = 24


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of file: what people call it, how it is served, its endings, and the test of its first bytes."""

    name: str
    content_type: str
    endings: tuple[str, ...]
    starts: Callable[[bytes], bool]


def _prefix(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1")


def _text(head: bytes) -> bool:
    """Readable, and nothing that a browser could take for a page."""
    if head.lstrip()[:1] == b"<" or any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    try:
        # The last character may be cut in the middle: up to three of its bytes are forgiven.
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) - error.start < 4 and error.reason == "unexpected end of data"
    return True


PDF = Kind("PDF", "application/pdf", ("pdf",), _prefix(b"%PDF-"))
TEXT = Kind("Text", "text/plain; charset=utf-8", ("txt", "csv", "log"), _text)
WORD = Kind("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), _prefix(b"PK\x03\x04"))
EXCEL = Kind("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), _prefix(b"PK\x03\x04"))

KINDS = (
    PDF,
    Kind("JPEG", "image/jpeg", ("jpg", "jpeg"), _prefix(b"\xff\xd8\xff")),
    Kind("PNG", "image/png", ("png",), _prefix(b"\x89PNG\r\n\x1a\n")),
    Kind("WebP", "image/webp", ("webp",), _webp),
    Kind("HEIC", "image/heic", ("heic", "heif"), _heic),
    Kind("TIFF", "image/tiff", ("tif", "tiff"), _prefix(b"II*\x00", b"MM\x00*")),
    WORD,
    EXCEL,
    TEXT,
)
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
ENDINGS = tuple(BY_ENDING)


def is_plain_office(file: IO[bytes], kind: Kind) -> bool:
    """Whether a zip is the Office document that its name says: no macros, and of a size that unpacks harmlessly."""
    part = "word/document.xml" if kind is WORD else "xl/workbook.xml"
    # Counted before anybody reads the list, which takes a second for tens of thousands; what the archive itself says of it can be a lie.
    many = file.read().count(ENTRY) > OFFICE_MAX_ENTRIES
    file.seek(0)
    if many:
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            small = sum(entry.file_size for entry in entries) <= OFFICE_MAX_UNPACKED
            # Unpacked once, as far as it says that it goes: what says less than it holds does not match its checksum.
            if not small or archive.testzip() is not None:
                return False
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, RuntimeError):
        return False
    names = {entry.filename.lower() for entry in entries}
    return part in names and "[content_types].xml" in names and not any(name.endswith(NOT_IN_OFFICE) for name in names)


def is_of_bounded_size(file: IO[bytes]) -> bool:
    """Whether a picture says that it unpacks to something that fits; read from its first bytes. What is no picture unpacks to nothing."""
    size = _size_of_png(file.read(PNG_HEAD))
    file.seek(0)
    try:
        width, height = size or _size_of_picture(file)
    except Image.DecompressionBombError:
        return False
    except (OSError, ValueError, SyntaxError, struct.error):
        return True
    return width * height <= MOST_DOTS


def _size_of_png(head: bytes) -> tuple[int, int] | None:
    """It stands at a fixed place, before anything over which a reader could be made to stumble."""
    return struct.unpack("!LL", head[16:24]) if len(head) == PNG_HEAD and head[12:16] == b"IHDR" else None


def _size_of_picture(file: IO[bytes]) -> tuple[int, int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(file) as picture:
            width, height = picture.size
    return width, height

"""Looks at an upload before it is kept: size, type by content, and nothing that is two files in one."""

import hashlib
import unicodedata
import zipfile
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile

from vanguard.documents.kinds import BY_ENDING, ENDINGS, EXCEL, WORD, Kind, is_of_bounded_size, is_plain_office
from vanguard.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
HEAD = 4096
# The string that every virus scanner knows as its test; split, so that this file itself is never taken for it.
SCANNER_TEST = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of an upload: a name that is safe to show, the type by its content, bytes, and their SHA-256."""

    name: str
    content_type: str
    size: int
    sha256: str


def inspect(upload: UploadedFile) -> Inspected:
    """Checks `upload` and leaves it rewound. Raises Invalid, naming the field "file", when it may not be kept."""
    name = safe_name(upload.name or "")
    size = upload.size or 0
    if size == 0:
        raise _refused("empty", "The file is empty. Choose another one.")
    if size > MAX_BYTES:
        raise _refused("too_large", f"The file has {size / 1048576:.1f} MiB; at most 10 MiB are taken. Make it smaller or split it.")
    kind = _kind_of(name, upload)
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Inspected(name, kind.content_type, size, digest.hexdigest())


def safe_name(raw: str) -> str:
    """The last part of a file's name, readable and without anything that a path, a header or a shell could mistake."""
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in name if unicodedata.category(letter)[0] not in "CZ" or letter == " ").strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        stem, ending = kept, ""
    stem = stem[: MAX_NAME - len(ending) - 1].rstrip(". ")
    return f"{stem or 'document'}.{ending.lower()}" if dot else stem or "document"


def _kind_of(name: str, upload: UploadedFile) -> Kind:
    ending, taken = name.rpartition(".")[2], ", ".join(ENDINGS)
    kind = BY_ENDING.get(ending)
    if kind is None:
        raise _refused("type_not_taken", f"Files of this type are not taken. Send one of: {taken}.")
    upload.seek(0)
    head = upload.read(HEAD)
    if not kind.starts(head):
        words = f"The file is named .{ending}, but its content is not {kind.name}. Save it again as one of: {taken}."
        raise _refused("not_what_it_says", words)
    _refuse_hidden(kind, upload)
    return kind


def _refuse_hidden(kind: Kind, upload: UploadedFile) -> None:
    """A second file inside the first is how harmful content gets past a check of the first bytes."""
    upload.seek(0)
    if SCANNER_TEST in upload.read():
        raise _refused("harmful", "The virus check found this file harmful. It was not kept.")
    upload.seek(0)
    if kind in (WORD, EXCEL):
        if not is_plain_office(upload, kind):
            raise _refused(
                "not_what_it_says",
                f"The file is not a plain {kind.name} document (macros and damaged files are not taken). Send it as PDF.",
            )
    elif zipfile.is_zipfile(upload):
        raise _refused("two_in_one", f"The file holds an archive behind the {kind.name}. Send the parts one by one.")
    upload.seek(0)
    if kind.content_type.startswith("image/") and not is_of_bounded_size(upload):
        raise _refused("too_many_dots", "The picture says that it is larger than any camera makes one. Send it in a smaller size.")


def _refused(code: str, message: str) -> Invalid:
    return Invalid(message, code=code, field="file")

"""Writes a pack: a folder a claim, an index, the manifest, and the checksums that `sha256sum -c` verifies."""

import csv
import datetime
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO, Any

from django.template.loader import render_to_string

from claims.folder import Occasion, Sheet, Stored, items_of
from claims.models import Claim
from claims.oversight.models import ExaminationPack
from claims.oversight.pack import sheets  # noqa: F401  # importing it is what has them contributed
from claims.past import claim_known_at
from vanguard.documents.checking import fault_of
from vanguard.workbench.export import neutral
from vanguard.workbench.templatetags.workbench import person

# Beyond it nobody opens the file, and our disk is not for it.
MOST_BYTES = 1024**3
UNSAFE = re.compile(r"[^\w.() -]+")
SUMS, MANIFEST = "SHA256SUMS", "manifest.json"


class TooLarge(Exception):
    """The files of the sample are more than one pack holds."""


class Packing:
    """A ZIP under way. Every file's checksum and size is noted as it is written."""

    def __init__(self, target: IO[bytes], moment: datetime.datetime) -> None:
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.files: list[dict[str, Any]] = []
        self.size = 0
        self.moment = moment.astimezone(datetime.UTC).timetuple()[:6]

    def add(self, path: str, content: bytes) -> str:
        """Returns the checksum. Raises TooLarge."""
        self.size += len(content)
        if self.size > MOST_BYTES:
            raise TooLarge
        digest = hashlib.sha256(content).hexdigest()
        self.zip.writestr(zipfile.ZipInfo(path, self.moment), content, zipfile.ZIP_DEFLATED)
        self.files.append({"path": path, "size": len(content), "sha256": digest})
        return digest

    def finish(self, manifest: dict[str, Any]) -> str:
        """Adds manifest and checksums. Returns the manifest's checksum."""
        digest = self.add(MANIFEST, _json(manifest | {"files": list(self.files)}))
        self.add(SUMS, "".join(f"{each['sha256']}  {each['path']}\n" for each in self.files).encode())
        return digest


def write_pack(pack: ExaminationPack, target: IO[bytes]) -> str:
    """The whole pack into `target`. Returns the checksum of its manifest. Raises TooLarge."""
    packing = Packing(target, pack.asked_at)
    with packing.zip:
        index = [_line(packing, pack, claim) for claim in _claims(pack)]
        head = ("Claim", "Status", "Files", "Files that do not fit their checksum")
        packing.add("index.csv", _csv(Sheet("index", "Claims", head, index)))
        return packing.finish(_manifest(pack, index))


def _line(packing: Packing, pack: ExaminationPack, claim: Claim) -> tuple[str, str, int, int]:
    past = claim_known_at(claim, pack.as_of)
    if past is None:
        return claim.claim_number, "not known by then", 0, 0
    return _claim(packing, Occasion(past.claim, pack.as_of, pack.asked_by, past.steps))


def _claims(pack: ExaminationPack) -> Iterator[Claim]:
    rows = Claim.objects.filter(claim_number__in=pack.claim_numbers).select_related("policy__customer", "assignee").order_by("claim_number")
    yield from rows.iterator(50)


def _claim(packing: Packing, occasion: Occasion) -> tuple[str, str, int, int]:
    """One claim's folder. Returns its line of the index."""
    claim, before, damaged, items = occasion.claim, len(packing.files), 0, items_of(occasion)
    folder = f"claims/{_safe(claim.claim_number)}"
    tables = [item for item in items if isinstance(item, Sheet)]
    for table in tables:
        packing.add(f"{folder}/{_safe(table.name)}.csv", _csv(table))
    stored = [item for item in items if isinstance(item, Stored)]
    for number, item in enumerate(stored, 1):
        damaged += not _file(packing, f"{folder}/{_safe(item.folder)}/{number:03d} {_safe(item.document.name)}", item)
    packing.add(f"{folder}/claim.json", _json({table.name: _records(table) for table in tables}))
    page = {"claim": claim, "tables": tables, "as_of": occasion.as_of, "damaged": damaged}
    packing.add(f"{folder}/claim.html", render_to_string("oversight/pack/claim.html", page).encode())
    return claim.claim_number, claim.get_status_display(), len(packing.files) - before, damaged


def _file(packing: Packing, path: str, item: Stored) -> bool:
    """The file as it was put in; where it is gone, or another, what is wrong with it instead. Returns whether it fits its checksum."""
    if fault := fault_of(item.document):
        packing.add(f"{path}.missing.txt", f"{fault} Its checksum was {item.document.sha256}.\n".encode())
        return False
    with item.document.file.open("rb") as content:
        packing.add(path, content.read())
    return True


def _manifest(pack: ExaminationPack, index: Sequence[tuple[str, str, int, int]]) -> dict[str, Any]:
    return {
        "pack": str(pack.pk),
        "askedBy": person(pack.asked_by),
        "askedAt": pack.asked_at,
        "asOf": pack.as_of,
        "reason": pack.reason,
        "sample": pack.sample,
        "claims": [{"number": number, "status": status, "files": files, "damaged": damaged} for number, status, files, damaged in index],
        "verify": f"sha256sum -c {SUMS}",
    }


def _csv(table: Sheet) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([neutral(each) for each in table.head])
    writer.writerows([neutral(_utc(cell)) for cell in row] for row in table.rows)
    return written.getvalue().encode()


def _records(table: Sheet) -> list[dict[str, Any]]:
    return [dict(zip(table.head, row, strict=True)) for row in table.rows]


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return str(_utc(value))
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)


def _utc(value: Any) -> Any:
    """Moments in UTC, whoever asked from wherever: the same pack has the same bytes."""
    return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime.datetime) else value


def _safe(name: str) -> str:
    """A name that no file system, and nobody who unpacks, takes for something else."""
    return UNSAFE.sub("_", name).strip(". ")[:100] or "file"

"""A bordereau file to rows of text: compression, encoding and the CSV form are judged here, contents elsewhere."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from claims.bordereau.refusals import BordereauRefused, Refusal

# Far above any line of a bordereau; keeps a file without line ends (or a hostile archive) from filling the memory.
LONGEST_LINE = 64 * 1024

Row = dict[str, str]


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked when it is named `.gz`."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as handle:
        yield handle  # type: ignore[misc]  # GzipFile reads like any binary file


class BordereauFile:
    """Rows of one file with their line numbers; what cannot be read as a row is kept in `refusals`."""

    def __init__(self, handle: BinaryIO) -> None:
        self.refusals: list[Refusal] = []
        self._handle = handle
        self._bad_lines: set[int] = set()
        self._reader = csv.reader(self._text_lines(), strict=True)

    def header(self) -> list[str]:
        """The first line's names."""
        try:
            names = next(self._reader, [])
        except csv.Error as error:
            raise BordereauRefused([Refusal(1, "", "csv", f"The header cannot be read: {error}.")]) from None
        return [name.strip() for name in names]

    def rows(self, names: list[str]) -> Iterator[tuple[int, Row]]:
        """Each line that can be read, as (line number, column → text without outer blanks)."""
        for line, cells in self._cell_lists():
            if not cells or line in self._bad_lines:
                continue
            if len(cells) != len(names):
                self._refuse(line, "columns", f"{len(cells)} cells where the header has {len(names)}.")
                continue
            yield line, dict(zip(names, (cell.strip() for cell in cells), strict=True))

    def _cell_lists(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._refuse(self._reader.line_num, "csv", f"Not CSV: {error}.")
                continue
            yield self._reader.line_num, cells

    def _text_lines(self) -> Iterator[str]:
        number = 0
        while raw := self._raw_line(number + 1):
            number += 1
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")  # spreadsheets put a byte order mark first
            yield self._text(number, raw)

    def _raw_line(self, number: int) -> bytes:
        try:
            raw = self._handle.readline(LONGEST_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BordereauRefused([Refusal(number, "", "archive", f"The file cannot be unpacked: {error}.")]) from None
        if len(raw) > LONGEST_LINE:
            raise BordereauRefused([Refusal(number, "", "too_long", f"The line is longer than {LONGEST_LINE:,} bytes.")])
        return raw

    def _text(self, number: int, raw: bytes) -> str:
        if b"\0" in raw:
            self._refuse(number, "nul", "The line holds a NUL byte.")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self._refuse(number, "encoding", f"Byte {error.start + 1} of the line is not UTF-8.")
            # The CSV reader must see a line for every line, or its numbers would be off from here on.
            return raw.decode("utf-8", errors="replace")

    def _refuse(self, line: int, code: str, message: str) -> None:
        self._bad_lines.add(line)
        self.refusals.append(Refusal(line, "", code, message))

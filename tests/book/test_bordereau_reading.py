"""Bytes become rows with their line numbers; what is not a row is refused where it stands."""

import gzip
import io
from pathlib import Path
from typing import BinaryIO

import pytest

from claims.bordereau.reading import LONGEST_LINE, BordereauFile, Row, opened
from claims.bordereau.refusals import BordereauRefused


def read(content: bytes | BinaryIO) -> tuple[list[tuple[int, Row]], list[tuple[int, str]]]:
    file = BordereauFile(io.BytesIO(content) if isinstance(content, bytes) else content)
    rows = list(file.rows(file.header()))
    return rows, [(refusal.line, refusal.code) for refusal in file.refusals]


def test_rows_carry_the_line_number_of_the_file() -> None:
    assert read(b"a,b\n1,2\n3,4\n") == ([(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})], [])


def test_a_byte_order_mark_windows_line_ends_blank_lines_and_outer_blanks_do_no_harm() -> None:
    assert read(b"\xef\xbb\xbfa, b\r\n 1 ,2\r\n\r\n3,4") == ([(2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": "4"})], [])


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"1", "columns"), (b"1,2,3", "columns"), (b"1,\x002", "nul"), (b"1,\xff", "encoding"), (b'1,"2"x', "csv")],
    ids=["too_few", "too_many", "nul", "encoding", "quote"],
)
def test_a_line_that_is_no_row_is_refused_and_the_others_are_read(line: bytes, code: str) -> None:
    rows, refusals = read(b"a,b\n1,2\n" + line + b"\n3,4\n")
    assert [number for number, _ in rows] == [2, 4]
    assert refusals == [(3, code)]


def test_a_quote_that_is_never_closed_is_refused() -> None:
    rows, refusals = read(b'a,b\n1,2\n3,"4\n5,6\n')
    assert [number for number, _ in rows] == [2]
    assert refusals == [(4, "csv")]


def test_a_line_without_end_stops_the_reading() -> None:
    with pytest.raises(BordereauRefused, match="1 line refused"):
        read(b"a,b\n" + b"1" * (LONGEST_LINE + 1))


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "book.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with opened(path) as handle:
        assert read(handle) == ([(2, {"a": "1", "b": "2"})], [])


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", gzip.compress(b"a,b\n" + b"1,2\n" * 5000)[:-20]], ids=["not_packed", "cut_off"])
def test_a_broken_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.csv.gz"
    path.write_bytes(content)
    with opened(path) as handle, pytest.raises(BordereauRefused) as refused:
        read(handle)
    assert [refusal.code for refusal in refused.value.refusals] == ["archive"]

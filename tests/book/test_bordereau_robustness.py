"""Whatever bytes come in a file: it is read or refused with a reason, and nothing else happens."""

import io
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from claims.bordereau.lines import READERS, ClosedClaim, check_header, read_line
from claims.bordereau.reading import BordereauFile
from claims.bordereau.refusals import BordereauRefused
from tests.book.bordereaux import PAID_LINE, paid_line
from vanguard.errors import FieldError

HEADER = ",".join(PAID_LINE).encode() + b"\n"


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, with_header: bool) -> None:
    file = BordereauFile(io.BytesIO(HEADER + content if with_header else content))
    with suppress(BordereauRefused):
        names = file.header()
        if not check_header(names):
            for line, row in file.rows(names):
                read_line(line, row)


@given(st.sampled_from(sorted(READERS)), st.text(max_size=60))
def test_any_cell_is_read_or_refused_with_its_column(column: str, text: str) -> None:
    read = read_line(2, paid_line(**{column: text}))
    if not isinstance(read, ClosedClaim):
        assert read
        assert all(isinstance(error, FieldError) and error.field and error.message.isprintable() for error in read)

"""The typeface of every paper: Noto Sans, embedded in the file, so that it looks and prints the same everywhere."""

import io
from functools import cache

import pymupdf_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from vanguard.errors import Conflict

REGULAR, BOLD = "NotoSans", "NotoSans-Bold"
FILES = {REGULAR: "notos", BOLD: "notosbo"}


@cache
def _letters() -> frozenset[int]:
    """Registers the typeface, once a process; returns the code points that it has in both weights."""
    for name, code in FILES.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(pymupdf_fonts.fontbuffers[code]())))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return frozenset.intersection(*(frozenset(pdfmetrics.getFont(name).face.charToGlyph) for name in FILES))


def check_printable(texts: list[str]) -> None:
    """Raises Conflict ("no_typeface") for letters that the typeface lacks: a paper with boxes in place of a name is no paper.

    It has Latin with all its accents, Greek and Cyrillic. Other scripts need more than a typeface (shaping, direction).
    """
    if missing := unprintable("".join(texts)):
        raise Conflict(
            f"The paper cannot be made: there is no typeface for {' '.join(missing[:10])}. Write the name in Latin letters.",
            code="no_typeface",
        )


def unprintable(text: str) -> list[str]:
    """The letters in `text` that the typeface lacks, in order."""
    known = _letters()
    return sorted({letter for letter in text if ord(letter) not in known and letter != "\n"})

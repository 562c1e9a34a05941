"""Papers as PDF: letterhead, text and tables, page numbers. The same paper gives the same bytes, today and next year.

How a paper looks is decided here once. Text is data: none of it is markup. Loading this module takes a while (reportlab), so who
makes papers loads it with the first one.
"""

import io
from collections.abc import Sequence
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as Grid
from reportlab.platypus.flowables import Flowable, Spacer

from vanguard.documents.papers import Facts, Heading, Paper, Table, Text
from vanguard.documents.typefaces import BOLD, REGULAR, check_printable

INK, SOFT, LINE, BAND = HexColor("#1b2430"), HexColor("#55606e"), HexColor("#c9d0d8"), HexColor("#f1f4f7")
MARGIN, HEAD, FOOT = 20 * mm, 32 * mm, 20 * mm
WIDTH, HEIGHT = LETTER
COLUMN = WIDTH - 2 * MARGIN
# reportlab keeps the state of what it is drawing in the fonts too: one paper at a time.
_drawing = Lock()


def render(paper: Paper) -> bytes:
    """The paper as PDF, with its metadata and its typeface in it. Raises Conflict ("no_typeface"), see check_printable."""
    check_printable(_texts(paper))
    target = io.BytesIO()
    with _drawing:
        document = BaseDocTemplate(
            target,
            pagesize=LETTER,
            title=paper.title,
            author=paper.sender[0],
            subject=paper.subject,
            creator="Vanguard",
            lang=paper.language,
            invariant=1,  # no time of making and no random key in the file
            initialFontName=REGULAR,
        )
        frame = Frame(MARGIN, FOOT, COLUMN, HEIGHT - HEAD - FOOT, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        document.addPageTemplates(PageTemplate("page", [frame], onPage=lambda canvas, _document: _letterhead(canvas, paper)))
        document.build(_flow(paper), canvasmaker=lambda *args, **kwargs: _Numbered(paper, *args, **kwargs))
    return target.getvalue()


class _Numbered(Canvas):
    """Writes "Page 1 of 3" when the last page is known."""

    def __init__(self, paper: Paper, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._foot = paper.foot
        self._pages: list[dict[str, Any]] = []
        self.setDateFormatter(lambda *_now: f"D:{paper.date:%Y%m%d}000000+00'00'")

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        total = len(self._pages)
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 8)
            self.setFillColor(SOFT)
            self.drawString(MARGIN, FOOT - 8 * mm, self._foot)
            self.drawRightString(WIDTH - MARGIN, FOOT - 8 * mm, f"Page {number} of {total}")
            super().showPage()
        super().save()


def _letterhead(canvas: Canvas, paper: Paper) -> None:
    canvas.saveState()
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 12)
    canvas.drawString(MARGIN, HEIGHT - 16 * mm, paper.sender[0])
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(SOFT)
    canvas.drawString(MARGIN, HEIGHT - 21 * mm, ", ".join(paper.sender[1:]))
    canvas.setStrokeColor(LINE)
    canvas.line(MARGIN, HEIGHT - 25 * mm, WIDTH - MARGIN, HEIGHT - 25 * mm)
    canvas.restoreState()


def _style(size: float, *, bold: bool = False, **more: Any) -> ParagraphStyle:
    look = {"fontName": BOLD if bold else REGULAR, "fontSize": size, "leading": size * 1.4, "textColor": INK, "splitLongWords": 1}
    return ParagraphStyle("set", **(look | more))


BODY, SMALL, STRONG = _style(9.5, spaceAfter=6), _style(8, textColor=SOFT, spaceAfter=4), _style(9.5, bold=True)
TITLE, SUBTITLE = _style(17, bold=True, spaceAfter=8), _style(11.5, bold=True, spaceBefore=10, spaceAfter=4, keepWithNext=1)
LABEL, VALUE = _style(9, textColor=SOFT), _style(9.5)
FIGURE, FIGURE_STRONG = _style(9.5, alignment=TA_RIGHT), _style(9.5, bold=True, alignment=TA_RIGHT)


def _set(text: str, style: ParagraphStyle) -> Set:
    return Set(escape(text).replace("\n", "<br/>"), style)


def _flow(paper: Paper) -> list[Flowable]:
    flow: list[Flowable] = [_set("\n".join(paper.recipient), BODY), Spacer(0, 8 * mm), _set(paper.title, TITLE)]
    for block in paper.blocks:
        match block:
            case Heading(text):
                flow.append(_set(text, SUBTITLE))
            case Text(text, small):
                flow.append(_set(text, SMALL if small else BODY))
            case Facts(rows):
                flow += [_facts(rows), Spacer(0, 3 * mm)]
            case Table():
                flow += [_table(block), Spacer(0, 3 * mm)]
    return flow


def _facts(rows: Sequence[tuple[str, str]]) -> Grid:
    cells = [[_set(label, LABEL), _set(value, VALUE)] for label, value in rows]
    look = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0), ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE)]
    return Grid(cells, colWidths=[COLUMN * 0.32, COLUMN * 0.68], style=look, splitInRow=1)


def _table(table: Table) -> Grid:
    def line(cells: Sequence[str], *, strong: bool) -> list[Set]:
        words, figures = (STRONG, FIGURE_STRONG) if strong else (VALUE, FIGURE)
        return [_set(cell, figures if column in table.figures else words) for column, cell in enumerate(cells)]

    last = len(table.rows) - 1
    cells = [line(table.headings, strong=True)]
    cells += [line(row, strong=table.has_total and number == last) for number, row in enumerate(table.rows)]
    look = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, 0), BAND), ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE)]
    wide = [1.0 if column in table.figures else 1.6 for column in range(len(table.headings))]
    return Grid(cells, colWidths=[COLUMN * share / sum(wide) for share in wide], style=look, repeatRows=1, splitInRow=1)


def _texts(paper: Paper) -> list[str]:
    """Everything that is going to be printed."""
    found = [paper.title, paper.foot, *paper.sender, *paper.recipient]
    for block in paper.blocks:
        match block:
            case Heading(text) | Text(text):
                found.append(text)
            case Facts(rows):
                found += [part for row in rows for part in row]
            case Table():
                found += [cell for row in (block.headings, *block.rows) for cell in row]
    return found

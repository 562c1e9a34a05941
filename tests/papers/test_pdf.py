"""What vanguard.documents.pdf sets, whatever room it is for."""

import datetime
import re
from dataclasses import replace

import pytest

from vanguard.documents.papers import Facts, Heading, Paper, Table, Text
from vanguard.documents.pdf import render
from vanguard.errors import Conflict

PAPER = Paper(
    title="Policy schedule",
    sender=("Vanguard Insurance", "1 Main Street", "Austin TX"),
    recipient=("Rosa Delgado", "9 Canary Row", "Austin TX"),
    blocks=(
        Heading("Cover"),
        Facts([("Policy", "POL-1")]),
        Table(("Cover", "Limit"), [("Fire", "$1.00")], frozenset({1})),
        Text("Read it."),
    ),
    foot="POL-1",
    date=datetime.date(2026, 1, 31),
    subject="Policy schedule POL-1",
)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_the_same_paper_gives_the_same_bytes_and_another_word_gives_others() -> None:
    assert render(PAPER) == render(PAPER)
    assert render(PAPER) != render(replace(PAPER, foot="POL-2"))


def test_the_file_says_what_it_is_from_whom_of_when_and_in_which_language() -> None:
    pdf = render(PAPER)
    assert pdf.startswith(b"%PDF-")
    for said in (b"/Title (Policy schedule)", b"/Author (Vanguard Insurance)", b"/Lang (en-US)", b"D:20260131000000+00'00'"):
        assert said in pdf, said


def test_the_typeface_is_in_the_file() -> None:
    pdf = render(PAPER)
    assert b"+NotoSans-Regular" in pdf
    assert b"/FontFile2" in pdf


@pytest.mark.parametrize("name", ["Łukasz Żółć", "Nguyễn Thị Ánh", "Søren Øst", "Ελένη Παπαδοπούλου", "Іван Ґонта", "O’Neill–Smith"])
def test_names_of_europe_and_vietnam_can_be_printed(name: str) -> None:
    assert pages(render(replace(PAPER, recipient=(name,)))) == 1


@pytest.mark.parametrize("name", ["王伟", "محمد", "नरेन्द्र", "a\x07b", "🙂"])
def test_a_letter_without_a_typeface_is_refused_and_never_a_box(name: str) -> None:
    with pytest.raises(Conflict, match="no typeface") as refused:
        render(replace(PAPER, blocks=(Facts([("Insured", name)]),)))
    assert refused.value.code == "no_typeface"


@pytest.mark.parametrize(
    "words", ["<b>bold</b> & <para>", "</para>", "<img src='file:///etc/passwd'/>", "&nbsp;&#0;", "<a href='http://x'>"]
)
def test_text_is_data_and_never_markup(words: str) -> None:
    pdf = render(
        replace(PAPER, recipient=(words,), blocks=(Text(words), Table(("a",), [(words,)]), Facts([(words, words)]), Heading(words)))
    )
    assert pages(pdf) == 1
    assert b"/URI" not in pdf
    assert b"/XObject" not in pdf


def test_what_is_long_is_wrapped_and_goes_on_on_the_next_page() -> None:
    word = "x" * 5000
    long = (
        Text("word " * 5000),
        Text(word),
        Facts([("Long", word), ("Tall", "line\n" * 200)]),
        Table(("a", "b"), [("word " * 3000, "1.00")]),
    )
    assert pages(render(replace(PAPER, blocks=long))) > 10
    rows = [(f"Row {number}", "1.00") for number in range(400)]
    assert pages(render(replace(PAPER, blocks=(Table(("Cover", "Limit"), rows, frozenset({1}), has_total=True),)))) > 8


def test_a_paper_without_an_address_is_a_paper() -> None:
    assert pages(render(replace(PAPER, sender=("Vanguard",), recipient=("Rosa",), blocks=()))) == 1

"""Papers that have to be written whatever letters are in them: what the typeface lacks is left out, and it shows that it was."""

import re
from collections.abc import Callable
from dataclasses import replace

from vanguard.documents.papers import Block, Facts, Heading, Paper, Table, Text
from vanguard.documents.typefaces import unprintable

LEFT_OUT = "[…]"


def settable(paper: Paper, *, name: str, instead: str) -> Paper:
    """The paper with nothing in it that cannot be set: `name` gives way to `instead` as a whole, other letters to "[…]"."""

    def fit(text: str) -> str:
        if not (missing := unprintable(text)):
            return text
        if unprintable(name):
            text = text.replace(name, instead)
        return re.sub(f"[{re.escape(''.join(missing))}]+", LEFT_OUT, text)

    blocks = [_fitted(block, fit) for block in paper.blocks]
    return replace(paper, recipient=tuple(map(fit, paper.recipient)), blocks=blocks, foot=fit(paper.foot))


def _fitted(block: Block, fit: Callable[[str], str]) -> Block:
    match block:
        case Heading(text):
            return Heading(fit(text))
        case Text(text, small):
            return Text(fit(text), small)
        case Facts(rows):
            return Facts([(fit(label), fit(value)) for label, value in rows])
        case Table():
            return replace(block, rows=[tuple(map(fit, row)) for row in block.rows])

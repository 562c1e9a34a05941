"""Text as it is stored: NFC, trimmed, with no control characters."""

import re
import unicodedata

# Unicode's categories Cc (control) and Cs (lone surrogate); a pattern, because every text of every write is looked through.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

LONGEST_SEARCH, MOST_WORDS = 100, 5


def search_words(term: str) -> list[str]:
    """What a search looks for: the first five words of the first 100 characters. Each word costs conditions at the database."""
    return term.replace("\0", "")[:LONGEST_SEARCH].split()[:MOST_WORDS]


def longest(words: list[str]) -> str:
    """The word that the fewest records are likely to have."""
    return max(words, key=len)


def clean(value: str, *, multiline: bool = False) -> str:
    """`value` in its stored form. Raises ValueError for control characters (NUL too) and lone surrogates."""
    text = value.replace("\r\n", "\n").replace("\r", "\n") if multiline else value
    if (CONTROL_IN_LINES if multiline else CONTROL).search(text):
        raise ValueError("control characters are not allowed")
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()

"""Text as it is stored: NFC, trimmed, with no control characters."""

import unicodedata

LINE_CHARACTERS = frozenset("\n\t")


def clean(value: str, *, multiline: bool = False) -> str:
    """`value` in its stored form. Raises ValueError for control characters (NUL too) and lone surrogates."""
    text = value.replace("\r\n", "\n").replace("\r", "\n") if multiline else value
    allowed = LINE_CHARACTERS if multiline else frozenset[str]()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in allowed for character in text):
        raise ValueError("control characters are not allowed")
    return unicodedata.normalize("NFC", text).strip()

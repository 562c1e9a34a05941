"""Files too large to be encrypted in one piece: a token a line, each saying which file's which piece it holds, and the last that it is.

So a piece that is missing, doubled, or of another file is an error and never a shorter file.
"""

import secrets
from collections.abc import Iterator
from typing import IO

from vanguard.encryption.keys import DecryptionError, decrypt, encrypt

PIECE = 256 * 1024
NAME, NUMBER = 16, 8


def seal(source: IO[bytes], target: IO[bytes]) -> None:
    """Encrypt all of `source` into `target`, piece by piece."""
    name, number, piece = secrets.token_bytes(NAME), 0, source.read(PIECE)
    while True:
        following = source.read(PIECE)
        head = name + number.to_bytes(NUMBER) + (b"\1" if not following else b"\0")
        target.write(encrypt(head + piece) + b"\n")
        if not following:
            return
        number, piece = number + 1, following


def opened(source: IO[bytes]) -> Iterator[bytes]:
    """What was sealed, piece by piece. Raises DecryptionError where a piece does not open, or is not the one that follows."""
    name, number, is_last = b"", 0, False
    for line in source:
        plain = decrypt(line.strip())
        head, piece = plain[: NAME + NUMBER + 1], plain[NAME + NUMBER + 1 :]
        name = name or head[:NAME]
        if is_last or head[:-1] != name + number.to_bytes(NUMBER):
            raise DecryptionError("The pieces of a stored file are not in their order.")
        is_last, number = head[-1:] == b"\1", number + 1
        yield piece
    if not is_last:
        raise DecryptionError("The end of a stored file is missing.")

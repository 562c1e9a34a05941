"""Files too large to be encrypted in one piece: a token a line, each saying which file's which piece it holds, and the last that it is.

So a piece that is missing, doubled, or of another file is an error and never a shorter file.
"""

import io
import secrets
from collections.abc import Buffer, Iterator
from typing import IO

from vanguard.encryption.keys import DecryptionError, decrypt, encrypt

PIECE = 256 * 1024
NAME, NUMBER = 16, 8


class Sealing:
    """A file to write into: what comes goes sealed to `target`, piece by piece. Only `close` writes the piece that ends it."""

    def __init__(self, target: IO[bytes], purpose: str = "") -> None:
        self.target, self.purpose = target, purpose
        self.name, self.number, self.held = secrets.token_bytes(NAME), 0, bytearray()

    def write(self, data: bytes) -> int:
        self.held += data
        # One piece is held back: it may be the last.
        while len(self.held) > PIECE:
            self._put(bytes(self.held[:PIECE]), is_last=False)
            del self.held[:PIECE]
        return len(data)

    def close(self) -> None:
        self._put(bytes(self.held), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        head = self.name + self.number.to_bytes(NUMBER) + (b"\1" if is_last else b"\0")
        self.target.write(encrypt(head + piece, self.purpose) + b"\n")
        self.number += 1


def seal(source: IO[bytes], target: IO[bytes], purpose: str = "") -> None:
    """Encrypt all of `source` into `target`, piece by piece."""
    sealing = Sealing(target, purpose)
    while piece := source.read(PIECE):
        sealing.write(piece)
    sealing.close()


def opened(source: IO[bytes], purpose: str = "") -> Iterator[bytes]:
    """What was sealed, piece by piece. Raises DecryptionError where a piece does not open, or is not the one that follows."""
    name, number, is_last = b"", 0, False
    for line in source:
        plain = decrypt(line.strip(), purpose)
        head, piece = plain[: NAME + NUMBER + 1], plain[NAME + NUMBER + 1 :]
        name = name or head[:NAME]
        if is_last or head[:-1] != name + number.to_bytes(NUMBER):
            raise DecryptionError("The pieces of a stored file are not in their order.")
        is_last, number = head[-1:] == b"\1", number + 1
        yield piece
    if not is_last:
        raise DecryptionError("The end of a stored file is missing.")


class Opened(io.RawIOBase):
    """A sealed file to read from. Reading raises DecryptionError as `opened` does."""

    def __init__(self, source: IO[bytes], purpose: str = "") -> None:
        self.pieces, self.held = opened(source, purpose), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Buffer) -> int:
        while not self.held:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.held = memoryview(piece)
        room = memoryview(target)
        count = min(len(room), len(self.held))
        room[:count] = self.held[:count]
        self.held = self.held[count:]
        return count

"""Putting everything that is encrypted under the current key, while the platform works; afterwards an earlier key can go.

Each ciphertext says under which key it is, so how far a rotation has come is in the data itself: one that was killed goes on where it
was, and one that is done finds nothing. See docs/decisions/0109.
"""

from vanguard.rotation.parts import Part, add_part, parts, written_once

__all__ = ["Part", "add_part", "parts", "written_once"]

"""Python's search for garbage, where a process begins and ends.

Loading the platform makes 350,000 objects that stay. Looked through while they are made, as often as Python does by itself, and once more
at the end, they took nearly half the time of a short command.
"""

import gc

# New objects before the youngest are looked through, and after how many such looks the older ones are.
OBJECTS, YOUNG, MIDDLING = 50_000, 20, 50
_by_itself = gc.get_threshold()


def expect_little() -> None:
    """For a process that loads the platform, and for commands all along: what they throw away in loops is seldom much."""
    gc.set_threshold(OBJECTS, YOUNG, MIDDLING)


def keep_what_is_loaded() -> None:
    """Nobody looks through what is there now again: before workers are forked from it, which so share its memory, or at the end."""
    gc.freeze()


def as_python_does() -> None:
    """For what answers requests: often and little, so that no answer waits for a long look."""
    gc.set_threshold(*_by_itself)

"""Processes of a backup get this process's variables, and their own beside them."""

import os
from collections.abc import Mapping


def variables(own: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **own}

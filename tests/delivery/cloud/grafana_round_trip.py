"""Run by .venv-delivery: reads a dashboard as Grafana's own types do, writes it again, and prints what was lost on the way.

Grafana says nothing of a key that it does not know: what it was to do is simply not done.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where something of `before` is not in `after`, or is something else there."""
    if isinstance(before, dict):
        for key, value in before.items():
            if isinstance(after, dict) and key in after:
                yield from lost(value, after[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is unknown"
    elif isinstance(before, list):
        for place, value in enumerate(before):
            there = after[place] if isinstance(after, list) and place < len(after) else None
            yield from lost(value, there, f"{path}[{place}]")
    elif before != after:
        yield f"{path} became {after!r}"


def main(file: str) -> int:
    plugins.register_default_plugins()
    before = json.loads(Path(file).read_text())
    found = list(lost(before, json.loads(json.dumps(Dashboard.from_json(before), cls=JSONEncoder))))
    sys.stdout.write("".join(f"{each}\n" for each in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

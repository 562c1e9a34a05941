"""What was searched for goes out of the audit entries of exports from before it was kept out of them (decision 0183).

The entries are auditlog's. The chain does not hold what stood in them: all their text is recorded as ••••, before and after. So it goes on,
with a record for each entry that is changed here.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from django.db import migrations

HIDDEN = "••••"
ACCESS = 3
SOME = 500
# Of an earlier entry: the address of the list, whole. Others tell of themselves in words of ours.
ADDRESS = re.compile(r"[a-z0-9_]+=[^&]*(?:&[a-z0-9_]+=[^&]*)*", re.IGNORECASE)
FILTERS = frozenset(
    ["claim_type", "customer", "decided", "due", "due_at_from", "due_at_to", "file", "incident_date_from", "incident_date_to", "owner", "paid", "queue", "reported_date_from", "reported_date_to", "severity", "stage", "status", "view"]
)
# A choice of ours, a day, the key of a record; of a report's figure its kind and its day, which come first.
CHOICE = re.compile(r"[a-z0-9_-]{1,64}")
FIGURE = re.compile(r"[a-z_]+:\d{4}-\d\d-\d\d")


def kept(asked: str) -> str:
    """Of an address what an entry may keep. Once more it is the same."""
    return "&".join(f"{name}={value}" for name, value in _kept(asked))


def _kept(asked: str) -> Iterator[tuple[str, str]]:
    for name, value in parse_qsl(asked):
        if name == "q":
            yield name, HIDDEN
        elif name == "rows":
            yield name, figure.group() if (figure := FIGURE.match(value)) else HIDDEN
        elif name in FILTERS:
            yield name, value if CHOICE.fullmatch(value) else HIDDEN


def mask_searches(apps: Any, schema_editor: Any) -> None:
    entries = apps.get_model("auditlog", "LogEntry").objects.using(schema_editor.connection.alias)
    some = []
    for entry in entries.filter(action=ACCESS, object_repr__startswith="Export of ").iterator(SOME):
        asked = str((entry.additional_data or {}).get("asked", ""))
        if not ADDRESS.fullmatch(asked) or kept(asked) == asked:
            continue
        entry.additional_data["asked"] = kept(asked)
        entry.object_repr = entry.object_repr.removesuffix(asked).removesuffix(": ") + (f": {kept(asked)}" if kept(asked) else "")
        some.append(entry)
        if len(some) == SOME:
            entries.bulk_update(some, ["object_repr", "additional_data"])
            some.clear()
    entries.bulk_update(some, ["object_repr", "additional_data"])


class Migration(migrations.Migration):

    dependencies = [
        ('auditlog', '0017_add_actor_email'),
        ('vanguard', '0004_covered_indexes'),
    ]

    operations = [migrations.RunPython(mask_searches, migrations.RunPython.noop)]

"""Threat → what proves that it is met.

`tests` run in `make test` already, those of real servers in `make test-all`; `long` is run by `make security` beside them, and prints
figures; all of it on PostgreSQL, and with nothing skipped (tests/proving.py).

A file of `long` is pytest's too, but not called test_…, so that nothing else collects it. docs/security.md has the table for people; a test
holds the two together.
"""

from collections.abc import Mapping
from typing import NamedTuple

MOST_SECONDS = 1_200


class Row(NamedTuple):
    threat: str
    tests: tuple[str, ...]
    long: tuple[str, ...] = ()
    most_seconds: int = MOST_SECONDS
    variables: Mapping[str, str] = {}


LONG = "tests/security/long"
# Beside the rows, and only by its name: it takes as long as all of them.
SCANNERS = Row("external scanners", (), (f"{LONG}/scanners.py",), 7_200)
SEEN = "tests/security/test_effects.py"
ROWS = {
    "S1": Row("fuzz", ("tests/api/test_bad_input.py",), (f"{LONG}/fuzz.py",), 36_000),
    "S2": Row(
        "somebody else's record",
        (
            "tests/api/test_permissions.py",
            "tests/security/test_foreign_objects.py",
            "tests/workbench/test_pages_by_role.py",
            "tests/security/test_row_security.py",
            "tests/security/test_own_writes.py",
        ),
        (f"{LONG}/foreign_ids.py",),
    ),
    "S3": Row("mass assignment", ("tests/security/test_extra_fields.py", SEEN)),
    "S4": Row("guessing", ("tests/security/test_guessing.py", "tests/api/test_lockout.py"), (f"{LONG}/guessing.py",)),
    "S5": Row("locking somebody else out", ("tests/security/test_guessing.py", "tests/api/test_lockout.py")),
    "S6": Row(
        "who has an account", ("tests/security/test_guessing.py", "tests/workbench/test_second_factor.py"), (f"{LONG}/timing.py",), 5_400
    ),
    "S7": Row("forged tokens", ("tests/security/test_tokens.py", "tests/api/test_tokens.py")),
    "S8": Row("what was ended", ("tests/security/test_revocation.py", "tests/realtime/test_standing.py", "tests/realtime/test_doors.py")),
    "S9": Row("slow senders", ("tests/delivery/test_server_limits.py", "tests/web/test_request_limits.py"), (f"{LONG}/slow_senders.py",)),
    "S10": Row(
        "bombs",
        ("tests/security/test_bombs.py", "tests/workbench/test_uploads.py", "tests/api/test_bad_input.py"),
        (f"{LONG}/bombs.py",),
    ),
    "S11": Row("uploads", ("tests/workbench/test_uploads.py", "tests/claims/test_documents.py", "tests/workbench/test_file.py")),
    "S12": Row("formulas", ("tests/security/test_exports.py", "tests/workbench/test_bulk.py", "tests/reports/test_files.py")),
    "S13": Row("outgoing requests", ("tests/security/test_outgoing.py", "tests/webhooks/test_guard.py")),
    "S14": Row("personal data astray", ("tests/security/test_personal_data_canaries.py",), (f"{LONG}/canaries.py",)),
    "S15": Row("metrics without end", ("tests/observability/test_metrics.py",), (f"{LONG}/strangers.py",)),
    "S16": Row(
        "another site, and GET",
        ("tests/workbench/test_pages_by_role.py", "tests/api/test_permissions.py", SEEN),
        (f"{LONG}/every_address.py",),
    ),
    "S17": Row("forged forwarded headers", ("tests/web/test_client_address.py",), (f"{LONG}/strangers.py",)),
    "S18": Row(
        "headers, unsafe settings, dependencies",
        ("tests/web/test_every_address.py", "tests/web/test_headers.py"),
        (f"{LONG}/every_address.py", f"{LONG}/unsafe_settings.py"),
    ),
    "S19": Row("a change of keys", ("tests/security/test_key_rotation.py",), (f"{LONG}/changing_keys.py",)),
    "S20": Row(
        "a forged audit trail", ("tests/security/test_audit_chain.py", "tests/security/test_recording.py"), (f"{LONG}/audit_writers.py",)
    ),
}

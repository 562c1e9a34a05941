"""What must hold of the audit trail: its chain, as far as it is new, and that every table is recorded."""

from collections.abc import Iterator

from vanguard.books import Invariant, Looking, Offender, keep, search
from vanguard.encryption.keys import DecryptionError
from vanguard.recording import missing
from vanguard.trail.chain import NoKey, last_head
from vanguard.trail.verifying import verify


def _faults(_looking: Looking) -> Iterator[Offender]:
    if last_head() is None:  # nothing was sealed yet
        for table, name in missing():
            yield Offender("", "", "Triggers", f"Changes of {table} are not recorded: {name} is missing or switched off.")
        return
    try:
        result = verify(latest=True)
    except (NoKey, DecryptionError) as error:
        yield Offender("", "", "Key", str(error))
        return
    for fault in result.faults:
        yield Offender("", "", f"Place {fault.sequence}" if fault.sequence else "Triggers", fault.says)


keep(
    Invariant(
        "audit_chain",
        "Audit trail",
        "The newest links of the audit chain and its heads verify, and changes of every table are recorded.",
        search(_faults),
    )
)

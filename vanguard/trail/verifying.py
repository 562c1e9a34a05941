"""Verifying: the chain is gone through link by link, and what does not hold is named row by row.

A fault does not hide the next one: where a row was edited its stored digest goes on standing for it, so the row after it is judged by
itself. Rows that were exchanged are found by trying which of the rows that do not fit would fit where.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone
from psycopg import RawCursor

from vanguard.recording import missing
from vanguard.trail.chain import START, TOLD, Chain, Head, last_head, open_chain, vendor
from vanguard.trail.models import AuditHead, AuditLink, Verification

PAGE = 10_000
# Of so many links that do not fit it is tried whether they were exchanged; each is named in any case.
TRIED = 300
LATEST = 10_000

EDITED, DELETED, REORDERED, RELINKED = "edited", "deleted", "reordered", "relinked"
CUT, UNSIGNED, FORGED, OFF = "cut", "unsigned", "forged", "off"


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold at a place of the chain. `record_id` is the record's there, where it is known; 0 otherwise."""

    kind: str
    sequence: int
    record_id: int
    says: str


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A link whose digest is not what it should be."""

    sequence: int
    record_id: int
    before: bytes
    digest: bytes
    told: bytes


@dataclass(slots=True)
class Verified:
    """What was gone through, and what was found."""

    after: int
    reached: int = 0
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    @property
    def links(self) -> int:
        return max(0, self.reached - self.after)

    def found(self, kind: str, sequence: int, record_id: int, says: str) -> None:
        self.faults.append(Fault(kind, sequence, record_id, says))


def verify(exported: Sequence[Head] = (), *, latest: bool = False) -> Verified:
    """Go through the chain. `exported` are heads that were kept elsewhere; `latest` begins at a signed head some 10,000 links back.

    Raises NoKey or DecryptionError where the chain's key cannot be opened.
    """
    began, chain, newest = monotonic(), open_chain(), last_head()
    start = _start(chain, newest) if latest and newest else None
    result = Verified(start.sequence if start else 0)
    misfits = _walk(chain, result, start.digest if start else START)
    _explain(chain, result, misfits)
    _end(result, newest.sequence if newest else 0, last_head())
    for head in exported:
        _compare(chain, result, head)
    for table, name in missing():
        result.found(OFF, 0, 0, f"Changes of {table} are not recorded: its trigger {name} is missing or switched off.")
    result.faults.sort(key=lambda fault: (fault.sequence, fault.record_id))
    result.seconds = monotonic() - began
    return result


def keep(result: Verified) -> Verification:
    """Has the result on record, for the page that shows it."""
    return Verification.objects.create(
        at=timezone.now(), from_sequence=result.after + 1, to_sequence=result.reached, seconds=result.seconds,
        faults=len(result.faults), first_fault=result.faults[0].says[:300] if result.faults else "",
    )  # fmt: skip


def _start(chain: Chain, newest: Head) -> Head | None:
    """A head that is signed, so that the links before it need not be gone through again."""
    found = AuditHead.objects.filter(sequence__lte=newest.sequence - LATEST).order_by("-sequence").first()
    head = Head.of(found) if found else None
    return head if head and head.is_signed(chain) else None


def _walk(chain: Chain, result: Verified, before: bytes | None) -> list[_Misfit]:
    """Each link after `result.after`; `before` is the digest there. Those that do not fit."""
    misfits, last = [], result.after
    for page in _pages(result.after):
        heads = {row.sequence: Head.of(row) for row in AuditHead.objects.filter(sequence__range=(page[0][0], page[-1][0]))}
        for sequence, digest, record_id, told in page:
            if sequence != last + 1:
                _gap(result, last + 1, sequence - 1)
                before = None
            if told is None:
                result.found(DELETED, sequence, record_id, f"Record {record_id} was deleted: the chain has its place {sequence}.")
            elif before is not None and chain.digest(before, sequence, bytes(told)) != digest:
                misfits.append(_Misfit(sequence, record_id, before, digest, bytes(told)))
            if sequence in heads:
                _judge(chain, result, heads[sequence], digest)
            before, last = digest, sequence
    result.reached = last
    return misfits


def _pages(after: int) -> Iterator[list[tuple[int, bytes, int, bytes | None]]]:
    """Links with their records, in order; a page at a time, so that it costs the same wherever it is."""
    links = f"SELECT sequence, digest, record_id FROM audit_link WHERE sequence > %s ORDER BY sequence LIMIT {PAGE}"  # noqa: S608  # names of ours
    # One by one from the index, whatever the statistics of tables that grow say.
    told = f"(SELECT {TOLD[vendor()]} FROM audit_record r WHERE r.id = l.record_id)"  # noqa: S608  # likewise
    sql = f"SELECT l.sequence, l.digest, l.record_id, {told} FROM ({links}) AS l ORDER BY l.sequence"  # noqa: S608  # likewise
    while True:
        page = [(sequence, bytes(digest), record_id, told) for sequence, digest, record_id, told in _rows(sql, after)]
        if page:
            yield page
            after = page[-1][0]
        if len(page) < PAGE:
            return


def _rows(sql: str, after: int) -> list[tuple[Any, ...]]:
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return list(cursor.execute(sql, [after]).fetchall())
        # Bytes as bytes: as text each would travel as two letters.
        driver: Any = connection.connection
        with connection.wrap_database_errors, RawCursor(driver) as raw:
            return raw.execute(sql.replace("%s", "$1"), [after], binary=True).fetchall()


def _gap(result: Verified, first: int, last: int) -> None:
    places = f"place {first} is" if first == last else f"places {first} to {last} are"
    result.found(DELETED, first, 0, f"The chain is broken: {places} gone, and what the link after it stands on with it.")


def _judge(chain: Chain, result: Verified, head: Head, digest: bytes) -> None:
    if not head.is_signed(chain):
        result.found(FORGED, head.sequence, 0, f"The head at place {head.sequence} is not signed by us, or was edited.")
    elif head.digest != digest:
        result.found(RELINKED, head.sequence, 0, f"The link at place {head.sequence} is not the one that was signed there.")


def _explain(chain: Chain, result: Verified, misfits: list[_Misfit]) -> None:
    """Says what is the matter with each link that does not fit, or that nothing is, but for the link before it."""
    by_place = {each.sequence: each for each in misfits}
    right: dict[int, bytes] = {}
    for each in misfits:
        before = right.get(each.sequence - 1, each.before)
        own = chain.digest(before, each.sequence, each.told)
        if own == each.digest:
            continue
        if (other := _exchanged(chain, each, before, misfits[:TRIED])) is not None:
            right[each.sequence] = chain.digest(before, each.sequence, other.told)
            result.found(
                REORDERED, each.sequence, each.record_id,
                f"Record {each.record_id} stands at place {each.sequence}, where record {other.record_id} belongs: they were reordered.",
            )  # fmt: skip
        elif (after := by_place.get(each.sequence + 1)) and chain.digest(own, after.sequence, after.told) == after.digest:
            right[each.sequence] = own
            result.found(RELINKED, each.sequence, each.record_id, f"The link at place {each.sequence} was edited; its record fits.")
        else:
            result.found(EDITED, each.sequence, each.record_id, f"Record {each.record_id} at place {each.sequence} was edited.")


def _exchanged(chain: Chain, each: _Misfit, before: bytes, others: Sequence[_Misfit]) -> _Misfit | None:
    """The one whose record belongs where `each` stands: with it comes the digest that is stored here, or beside the other."""
    for other in others:
        if other is not each and chain.digest(before, each.sequence, other.told) in (each.digest, other.digest):
            return other
    return None


def _end(result: Verified, signed: int, newest: Head | None) -> None:
    """Whether the chain ends where its heads say: not before `signed`, the end when we began, nor behind `newest`, the head of now."""
    latest = newest.sequence if newest else 0
    if result.reached < signed:
        result.found(CUT, result.reached + 1, 0, f"The chain was cut: places {result.reached + 1} to {signed} are gone from its end.")
    elif result.reached > latest:
        behind = f"Places {latest + 1} to {result.reached} stand behind the last head: heads were deleted, or links made."
        result.found(UNSIGNED, latest + 1, 0, behind)


def _compare(chain: Chain, result: Verified, head: Head) -> None:
    """With a head that was kept elsewhere."""
    if not head.is_signed(chain):
        result.found(FORGED, head.sequence, 0, f"The head that was given for place {head.sequence} is not signed by this chain's key.")
        return
    link = AuditLink.objects.filter(sequence=head.sequence).first()
    if link is None:
        told = f"The chain was cut: the head that was given ends at place {head.sequence}, the chain at {result.reached}."
        result.found(CUT, result.reached + 1, 0, told)
    elif bytes(link.digest) != head.digest:
        result.found(FORGED, head.sequence, link.record_id, f"The chain up to place {head.sequence} is not the one of the given head.")

"""The import: read everything, check everything, then write everything in one transaction."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.utils import timezone

from claims.bordereau.accounts import place
from claims.bordereau.bulk import beside, insert_all, insert_customers, insert_rows, keeping_everything, sealed
from claims.bordereau.checks import check_claim, check_numbers, refusals_of
from claims.bordereau.history import ClaimStep, Entry, Payment, PolicyStep, claim_history, entry, payment, policy_history
from claims.bordereau.lines import ClosedClaim, check_header, read_line
from claims.bordereau.progress import Progress
from claims.bordereau.reading import BordereauFile, opened
from claims.bordereau.records import Book
from claims.bordereau.refusals import BordereauRefused, Refusal
from claims.models import Claim, ClaimPayment, ClaimTransition, LedgerEntry
from customers.models import Customer
from policies.models import Policy, PolicySegment, PolicyTransition, PolicyVersion
from policies.products.pinning import Pins
from policies.reading import promises_of_book, unnamed_in_book
from policies.services import first_version
from policies.terms import Kind
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.observability.compliance import record_event

logger = logging.getLogger(__name__)

WRITTEN: tuple[type[models.Model], ...] = (
    *(Customer, Policy, PolicyTransition, PolicyVersion, PolicySegment),
    *(Claim, ClaimTransition, ClaimPayment, LedgerEntry),
)
# From so many claims on a book is another one afterwards.
MANY = 1000
CHUNK = 1000

# Starts a progress for so many things of a kind.
Report = Callable[[str, int], Progress]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken over. `alike`: claims of the policy, day and type of another one; past decisions are taken over, not judged."""

    claims: int
    policies: int
    customers: int
    paid: Decimal
    seconds: float
    alike: int = 0

    def __str__(self) -> str:
        rate = self.claims / self.seconds
        what = f"{self.claims:,} claims on {self.policies:,} policies of {self.customers:,} customers"
        done = f"{what} imported in {self.seconds:.1f} s ({rate:,.0f} claims a second). Paid in all: {self.paid:,.2f}."
        return f"{done} Possible duplicates: {self.alike:,} (same policy, day and type)." if self.alike else done


def import_claims(actor: User | None, path: Path, report: Report = Progress) -> Imported:
    """Take over the closed claims of a bordereau, with the customers and policies that they imply: all of them or none.

    Raises BordereauRefused with every finding, and OSError when the file cannot be opened.
    """
    started = time.monotonic()
    with keeping_everything():
        claims = read_claims(path)
        _refuse_known_claims(claims)  # asked again below, under the transaction: here it spares the work
        book = _build(claims, report("Checked", len(claims)))
        _write_all_or_nothing(actor, book, report)
    record_event("book_imported", user_id=actor and actor.pk, file=path.name, claims=len(claims), paid=str(book.paid))
    if len(book.claims) >= MANY:
        _look_at_what_is_new()
    alike = _alike(claim for _, claim in book.claims)
    return Imported(len(book.claims), len(book.policies), len(book.customers), book.paid, time.monotonic() - started, alike)


def _alike(claims: Iterable[Claim]) -> int:
    """How many are of the policy, day and type of an earlier one: a bordereau has days, no hours."""
    seen = Counter((claim.policy_id, claim.claim_type, claim.incident_date) for claim in claims)
    return sum(number - 1 for number in seen.values())


def _write_all_or_nothing(actor: User | None, book: Book, report: Report) -> None:
    try:
        with unit_of_work(actor):
            _refuse_known_claims(source for source, _ in book.claims)
            _refuse_known_accounts(book)
            _write(book, report)
    except IntegrityError as error:
        # Somebody entered the same number after we looked. The transaction is gone, and with it all of the file.
        raise BordereauRefused([Refusal(0, "", "conflict", f"The book changed meanwhile, import the file again: {error}")]) from error


def read_claims(path: Path) -> list[ClosedClaim]:
    """The file's claims, each line checked by itself and against the others. Raises BordereauRefused with every finding."""
    with opened(path) as handle:
        file = BordereauFile(handle)
        names = file.header()
        if wrong := check_header(names):
            raise BordereauRefused(refusals_of(1, wrong))
        claims, refusals = _read_lines(file, names)
    refusals += [*file.refusals, *check_numbers(claims)]
    if refusals:
        raise BordereauRefused(refusals)
    if not claims:
        raise BordereauRefused([Refusal(0, "", "empty", "The file holds no claims.")])
    return claims


def _read_lines(file: BordereauFile, names: list[str]) -> tuple[list[ClosedClaim], list[Refusal]]:
    now = timezone.now()
    claims, refusals = [], []
    for line, row in file.rows(names):
        read = read_line(line, row)
        errors = check_claim(read, now) if isinstance(read, ClosedClaim) else read
        refusals += refusals_of(line, errors)
        if isinstance(read, ClosedClaim):
            claims.append(read)
    return claims, refusals


def _build(claims: list[ClosedClaim], progress: Progress) -> Book:
    book = Book(timezone.now(), Pins.read())
    for source, term in place(claims):
        book.add(source, term)
        progress.advance()
    progress.finish()
    if book.refusals:
        raise BordereauRefused(book.refusals)
    return book


def _refuse_known_claims(claims: Iterable[ClosedClaim]) -> None:
    """Raises BordereauRefused naming each line whose claim is in the database already."""
    claims = list(claims)
    known = _taken(Claim, "claim_number", {claim.claim_number for claim in claims})
    refusals = [
        Refusal(claim.line, "ClaimNo", "duplicate", f"{claim.claim_number} is in the book already.")
        for claim in claims
        if claim.claim_number in known
    ]
    if refusals:
        raise BordereauRefused(refusals)


def _refuse_known_accounts(book: Book) -> None:
    """Raises BordereauRefused where somebody gave the number of an implied policy, or a customer's address, to another by hand."""
    policies = _taken(Policy, "policy_number", {policy.policy_number for policy in book.policies.values()})
    customers = _taken(Customer, "email", {customer.email for customer in book.customers.values()})
    refusals = []
    for source, claim in book.claims:
        for value, taken in ((claim.policy.policy_number, policies), (claim.policy.customer.email, customers)):
            if value in taken:
                refusals.append(Refusal(source.line, "ClaimNo", "duplicate", f"{value}, which the claim implies, is in the book already."))
    if refusals:
        raise BordereauRefused(refusals)


def _taken(model: type[models.Model], field: str, values: Collection[str]) -> set[str]:
    taken: set[str] = set()
    for chunk in batched(values, CHUNK):
        taken.update(model._base_manager.order_by().filter(**{f"{field}__in": chunk}).values_list(field, flat=True))
    return taken


def _write(book: Book, report: Report) -> None:
    """Table by table: each is one stream of rows, on which PostgreSQL works while the next ones are made."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # The limits of requests: a stream is one statement, however long it is.
            cursor.execute("SET LOCAL statement_timeout = 0")
    with beside() as begin:
        versions, customers = begin(_first_versions, book.policies.values()), begin(sealed, book.customers.values())
        _write_policies(book.policies.values(), versions, report)
        _write_claims(book, report)
        # Last, though all the others refer to them: references are checked at the commit, and encrypting takes its time.
        insert_customers(_counted("Customers", customers.result(), report))


def _look_at_what_is_new() -> None:
    """Has PostgreSQL learn now what its tables hold, and not when it next comes by: until then a report of the book takes a minute.

    Who does not own the tables may not ask for that: PostgreSQL passes over it, and comes by. So it does where a table is locked or takes
    longer than a statement may: the book is taken over by then, and that is no fault of it.
    """
    if connection.vendor != "postgresql":
        return
    for model in WRITTEN:
        table = model._meta.db_table
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
        except DatabaseError as error:
            logger.warning("PostgreSQL could not look at %s: %s", table, type(error).__name__)


type Versions = list[tuple[PolicyVersion, list[PolicySegment]]]


def _first_versions(policies: Iterable[Policy]) -> Versions:
    return [first_version(policy, Kind.NEW_BUSINESS, policy.start_date) for policy in policies]


def _write_policies(policies: Collection[Policy], versions: Future[Versions], report: Report) -> None:
    insert_all(Policy, _counted("Policies", policies, report))
    insert_rows(PolicyTransition, PolicyStep._fields, (step for policy in policies for step in policy_history(policy)))
    booked = versions.result()
    insert_all(PolicyVersion, (version for version, _ in booked))
    insert_all(PolicySegment, (segment for _, segments in booked for segment in segments))


def _write_claims(book: Book, report: Report) -> None:
    insert_all(Claim, (claim for _, claim in _counted("Claims", book.claims, report)))
    history = _counted("Their history", book.claims, report)
    unnamed = unnamed_in_book({_kind(claim) for _, claim in book.claims})
    steps = (step for source, claim in history for step in claim_history(source, claim, is_named=_kind(claim) not in unnamed))
    insert_rows(ClaimTransition, ClaimStep._fields, steps)
    paid = _payments(book)
    insert_rows(ClaimPayment, Payment._fields, paid)
    insert_rows(LedgerEntry, Entry._fields, map(entry, paid))


def _payments(book: Book) -> list[Payment]:
    codes = promises_of_book({_kind(claim) for _, claim in book.claims})
    return [payment(source, claim, codes[_kind(claim)]) for source, claim in book.claims if source.paid]


def _kind(claim: Claim) -> tuple[UUID | None, str]:
    """What says which coverage answers it."""
    return claim.policy.product_version_id, claim.claim_type


def _counted[Thing](title: str, things: Collection[Thing], report: Report) -> Iterator[Thing]:
    """The things, while their progress is shown."""
    progress = report(title, len(things))
    for chunk in batched(things, CHUNK):
        yield from chunk
        progress.advance(len(chunk))
    progress.finish()

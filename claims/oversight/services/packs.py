"""Examination packs: asked for with a reason, made in the background, handed out while they last."""

import datetime
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from uuid import UUID

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files import File
from django.utils import timezone

from claims.models import Claim
from claims.oversight.models import ExaminationPack
from claims.oversight.pack.sampling import Chance, drawn, named
from claims.oversight.pack.writing import MOST_BYTES, TooLarge, write_pack
from claims.oversight.services.standing import standing_still
from claims.oversight.services.taking import finish, take, to_be_done
from customers.services import midnight, revealed_today
from vanguard import background
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import acting_as, unit_of_work
from vanguard.encryption import streams
from vanguard.errors import Conflict, Invalid
from vanguard.observability.compliance import record_event
from vanguard.querysets import get_or_refuse

LASTS = datetime.timedelta(days=30)
IN_MEMORY = 16 * 1024**2


def ask_for_pack(
    actor: User | None, *, reason: str, numbers: str = "", chance: Chance | None = None, as_of: datetime.datetime | None = None
) -> ExaminationPack:
    """A pack of the claims that are named, or of some by chance, as they were known at `as_of` (now, unless given).

    Asking is recorded, whatever becomes of it. Raises NotAllowed, StepUpRequired, Invalid.
    """
    require(actor, "oversight.add_examinationpack")
    require_recent(actor)
    now = timezone.now()
    if not reason.strip():
        raise Invalid("Say who asks, and why.", code="required", field="reason")
    if as_of is not None and as_of > now:
        raise Invalid("What will be known is not known yet. Enter today or an earlier day.", code="in_the_future", field="as_of")
    visible = Claim.objects.all() if actor is None else Claim.objects.visible_to(actor)
    chosen, sample = drawn(chance, visible) if chance else (named(numbers, visible), {"chosenBy": "Named by who asked."})
    with unit_of_work(actor):
        pack = ExaminationPack.objects.create(
            asked_by=actor, asked_at=now, reason=reason.strip(), sample=sample, claim_numbers=chosen, as_of=as_of or now
        )
        background.after_commit(partial(make_pack, pack.pk))
    record_event("examination_pack_asked_for", user_id=pack.asked_by_id, pack_id=pack.pk, claims=len(chosen))
    return pack


def make_pack(pack_id: UUID) -> ExaminationPack | None:
    """Make it, unless another does so already: then None."""
    pack: ExaminationPack | None = take(ExaminationPack.objects.all(), pack_id)
    if pack is not None:
        with acting_as(pack.asked_by):
            finish(pack, partial(_make, pack))
        record_event("examination_pack_made", user_id=pack.asked_by_id, pack_id=pack.pk, state=pack.state)
    return pack


def make_waiting_packs() -> int:
    """Makes what was asked for and never made. Returns how many."""
    return sum(make_pack(pk) is not None for pk in to_be_done(ExaminationPack.objects.all()))


def clear_packs() -> int:
    """Takes away the files that have run out; their rows stay. Returns how many."""
    gone = list(ExaminationPack.objects.run_out())
    for pack in gone:
        pack.file.delete(save=False)
        pack.save(update_fields=["file"])
    return len(gone)


def download_pack(actor: User, pack_id: UUID) -> tuple[ExaminationPack, Iterator[bytes]]:
    """The pack, piece by piece, for who may have it; each taking is an entry of the audit trail and an event.

    Papers and documents in it are not masked, so it raises the alarm of a day's looks too, once all that this person has taken today
    is about more customers than one person may look at in a day.
    Raises NotAllowed, NotFound; StepUpRequired; Conflict ("not_there") where it is not made yet, or gone.
    """
    require(actor, "oversight.view_examinationpack")
    require_recent(actor)
    pack = get_or_refuse(ExaminationPack.objects.all(), pack_id)
    if not pack.is_there:
        raise Conflict("This pack is not there: it is not made yet, or its time is over. Ask for it again.", code="not_there")
    try:
        stored = pack.file.open("rb")
    except FileNotFoundError:
        raise Conflict("The file is not in the store any more. Ask for the pack again.", code="not_there") from None
    with acting_as(actor):
        LogEntry.objects.log_create(pack, action=LogEntry.Action.ACCESS, changes={})
    _tell_of_taking(actor, pack)
    return pack, streams.opened(stored)


def _tell_of_taking(actor: User, pack: ExaminationPack) -> None:
    told = {"user_id": actor.pk, "pack_id": pack.pk}
    record_event("examination_pack_taken", **told, claims=len(pack.claim_numbers), customers=_customers_in([pack]))
    if revealed_today(actor) + _customers_in(_taken_today(actor)) > settings.REVEALS_A_DAY:
        record_event("reveal_quota_exceeded", **told, quota=settings.REVEALS_A_DAY)


def _taken_today(actor: User) -> Iterable[ExaminationPack]:
    """The packs that this person has taken since midnight UTC, each once."""
    kind = ContentType.objects.get_for_model(ExaminationPack)
    taken = LogEntry.objects.filter(content_type=kind, action=LogEntry.Action.ACCESS, actor=actor, timestamp__gte=midnight())
    return ExaminationPack.objects.filter(pk__in=list(taken.values_list("object_pk", flat=True)))


def _customers_in(packs: Iterable[ExaminationPack]) -> int:
    numbers = {number for pack in packs for number in pack.claim_numbers}
    return Claim.objects.filter(claim_number__in=numbers).values("policy__customer").distinct().count()


def _make(pack: ExaminationPack) -> None:
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as plain, tempfile.SpooledTemporaryFile(IN_MEMORY) as encrypted:
        try:
            with standing_still():
                pack.manifest_sha256 = write_pack(pack, plain)
        except TooLarge:
            pack.trouble = f"The files of these claims are more than {MOST_BYTES // 1024**3} GiB. Ask for fewer claims."
            raise
        pack.size = plain.tell()
        plain.seek(0)
        streams.seal(plain, encrypted)
        encrypted.seek(0)
        pack.file.save(str(pack.pk), File(encrypted), save=False)  # the name on disk tells nothing
    pack.expires_at = timezone.now() + LASTS

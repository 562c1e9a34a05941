"""The digests of payees' accounts, brought under the current key by `manage.py rotate_keys`: only the accounts themselves give them."""

from collections.abc import Iterator

from claims.bank import BankAccount
from claims.models import ClaimPayment
from vanguard.encryption.owned import keyring

BATCH = 200


def outdated_digests() -> int:
    """How many payments have a digest that is not under the current key."""
    return sum(_is_outdated(payment) for batch in _batches() for payment in batch)


def rotate_digests() -> Iterator[int]:
    """Yields how many payments got new digests, batch by batch. One that an erasure emptied meanwhile stays empty."""
    for batch in _batches():
        yield sum(_put(payment) for payment in batch if _is_outdated(payment))


def _batches() -> Iterator[list[ClaimPayment]]:
    """Each read by itself: a reading that stays open would be in the way of writers."""
    rows = ClaimPayment.objects.exclude(account_digest=None).only("account", "account_digest").order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        keyring.load_for(batch)
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _digest_of(payment: ClaimPayment) -> str:
    return BankAccount.stored(payment.account or "").digest


def _is_outdated(payment: ClaimPayment) -> bool:
    return payment.account_digest != _digest_of(payment)


def _put(payment: ClaimPayment) -> int:
    same = ClaimPayment.objects.filter(pk=payment.pk, account_digest=payment.account_digest)
    return same.update(account_digest=_digest_of(payment))

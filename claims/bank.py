"""A payee's bank account in the United States: read from what was typed, known again by a digest, shown by its last four digits."""

import re
from dataclasses import dataclass, field

from customers.models import MASK
from vanguard.encryption.keys import digests
from vanguard.errors import FieldError, Invalid

# First two digits that the Federal Reserve gives out: government; its districts for banks, thrifts, electronic ones; traveler's checks.
_PREFIXES = frozenset((*range(13), *range(21, 33), *range(61, 73), 80))
_WEIGHTS = (3, 7, 1) * 3
# Of fewer digits the last four would give too much away.
_SHORT = 6
_ROUTING = "A routing number has nine digits, as on a check, that fit together: look for one that was mistyped."
_NUMBER = "An account number has 4 to 17 digits."


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Nine and 4 to 17 digits. Neither is in what Python shows of it."""

    routing_number: str = field(repr=False)
    account_number: str = field(repr=False)

    @classmethod
    def stored(cls, text: str) -> "BankAccount":
        """The account that `text` was."""
        routing_number, _, account_number = text.partition(" ")
        return cls(routing_number, account_number)

    @property
    def text(self) -> str:
        """What is encrypted."""
        return f"{self.routing_number} {self.account_number}"

    @property
    def masked(self) -> str:
        """The last four digits, as people recognise an account by."""
        return f"{MASK} {self.account_number[-4:]}" if len(self.account_number) > _SHORT else MASK

    @property
    def digest(self) -> str:
        """Equal for equal accounts; keyed, and under the current key."""
        return digests("bank_account", self.text)[0]


def bank_account_of(routing_number: str, account_number: str) -> BankAccount | None:
    """The account as it was typed, with spaces and hyphens or without; None where neither is given. Raises Invalid, naming each field."""
    routing, number = _digits(routing_number), _digits(account_number)
    if not routing and not number:
        return None
    errors = []
    if not routing:
        errors.append(FieldError("routing_number", "required", "An account takes its bank’s routing number too."))
    elif not _is_routing_number(routing):
        errors.append(FieldError("routing_number", "invalid", _ROUTING))
    if not number:
        errors.append(FieldError("account_number", "required", "A routing number takes the account’s number too."))
    elif not re.fullmatch(r"[0-9]{4,17}", number):
        errors.append(FieldError("account_number", "invalid", _NUMBER))
    if errors:
        raise Invalid.of(errors)
    return BankAccount(routing, number)


def _digits(typed: str) -> str:
    return re.sub(r"[\s.‐-―-]", "", typed)


def _is_routing_number(digits: str) -> bool:
    """As the American Bankers Association checks them; nought nine times would pass its sum."""
    if not re.fullmatch(r"[0-9]{9}", digits) or digits == "0" * 9 or int(digits[:2]) not in _PREFIXES:
        return False
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 10 == 0

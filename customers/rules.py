"""What a customer's record must satisfy, whichever way it comes in."""

import datetime
import re
import unicodedata

from django.utils import timezone

from vanguard.errors import FieldError

OLDEST = datetime.date(1900, 1, 1)
PHONE = re.compile(r"^[0-9+()./ x#-]*$")
MAX_PHONE = 20
MAX_ADDRESS = 1000


def normal_ssn(ssn: str) -> str | None:
    """Nine digits, however they were spelled (078-05-1120, 078 05 1120); None when it cannot be an SSN."""
    digits = re.sub(r"[\s.‐-―-]", "", ssn)
    return (
        digits
        if re.fullmatch(r"[0-9]{9}", digits) and digits[:3] not in ("000", "666") and digits[3:5] != "00" and digits[5:] != "0000"
        else None
    )


def normal_phone(phone: str) -> str:
    """The digits that two spellings of one phone share: (916) 555-0142 is +1 916 555 0142. Empty where there are fewer than seven."""
    digits = re.sub(r"[^0-9]", "", phone.partition("x")[0])
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return digits if len(digits) >= 7 else ""


def identity_of(first_name: str, last_name: str, date_of_birth: datetime.date | None) -> str:
    """Who somebody likely is: names without regard to case, accents, spaces and signs, and the birth date. Empty without one of them."""
    names = [_letters(first_name), _letters(last_name)]
    return "|".join((*names, date_of_birth.isoformat())) if date_of_birth and all(names) else ""


def _letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in decomposed if letter.isalnum())


def check_customer(*, phone: str, date_of_birth: datetime.date | None, address: str, ssn: str) -> list[FieldError]:
    """What the columns cannot check, because they are ciphertext. One entry for each field to correct."""
    errors = []
    if len(phone) > MAX_PHONE:
        errors.append(FieldError("phone", "max_length", f"Phone has at most {MAX_PHONE} characters."))
    elif not PHONE.fullmatch(phone):
        errors.append(FieldError("phone", "invalid", "Phone has digits, spaces and + ( ) . / x # - only."))
    if date_of_birth is not None and not OLDEST <= date_of_birth <= timezone.now().date():
        errors.append(FieldError("date_of_birth", "out_of_range", "Date of birth is between 1900 and today."))
    if len(address) > MAX_ADDRESS:
        errors.append(FieldError("address", "max_length", f"Address has at most {MAX_ADDRESS} characters."))
    if ssn and normal_ssn(ssn) is None:
        errors.append(FieldError("ssn", "invalid", "SSN has nine digits, and is not one that is never given out."))
    return errors

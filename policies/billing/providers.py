"""The boundary to payment providers: what each must say, and how we know that it is they who say it.

A provider is one class with two questions: is this delivery yours and fresh, and what does it tell. The local one signs as the large
ones do (`t=<seconds>,v1=<hex>`: HMAC-SHA256 over the time, a dot and the body), so that its deliveries can be made with openssl.
"""

import datetime
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Protocol

from django.conf import settings
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from policies.billing.models import Method
from vanguard.errors import Invalid, NotAllowed, NotFound
from vanguard.http.fields import Money, Text, UtcDateTime
from vanguard.http.validation import field_errors

# How far a signature's time may lie from ours: what is older was recorded and is played again.
TOLERANCE = datetime.timedelta(minutes=5)
PAYMENT_RECEIVED, PAYMENT_FAILED = "payment.received", "payment.failed"
LOCAL = "local"
EventText = Annotated[str, Text(100)]
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Told:
    """One event in our terms. `reference` is the provider's own name of the payment, which its failure names again."""

    event_id: str
    kind: str
    said_at: datetime.datetime
    reference: str
    amount: Decimal | None = None
    method: str = Method.CARD
    policy_number: str = ""
    invoice_number: str = ""


class Provider(Protocol):
    """What a payment provider's adapter answers."""

    @property
    def name(self) -> str: ...

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime.datetime) -> None:
        """Raises NotAllowed unless the provider signed exactly this body, a moment ago."""

    def read(self, content: Any) -> Told:
        """What a verified delivery tells. Raises Invalid."""


class LocalEvent(BaseModel):
    """The local provider's delivery, in the API's own manner of writing."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_alias=True, extra="ignore")

    id: EventText
    type: EventText
    created_at: UtcDateTime
    reference: EventText
    amount: Annotated[Decimal, Money(12)] | None = None
    method: Method = Method.CARD
    policy_number: Annotated[str, Text(50, blank=True)] = ""
    invoice_number: Annotated[str, Text(50, blank=True)] = ""


@dataclass(frozen=True, slots=True)
class LocalProvider:
    """A provider for development and tests: no money moves, everything else is as with a real one."""

    secret: str
    name: str = LOCAL

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime.datetime) -> None:
        found = _SIGNATURE.fullmatch(headers.get("Payment-Signature", ""))
        if not found or not hmac.compare_digest(self._digest(found[1], body), found[2]):
            raise NotAllowed("The signature is not the provider's.", code="bad_signature", field="Payment-Signature")
        if abs(now.timestamp() - int(found[1])) > TOLERANCE.total_seconds():
            raise NotAllowed("The delivery is too old.", code="too_old", field="Payment-Signature")

    def sign(self, body: bytes, now: datetime.datetime) -> str:
        """The header that goes with `body`."""
        moment = str(int(now.timestamp()))
        return f"t={moment},v1={self._digest(moment, body)}"

    def read(self, content: Any) -> Told:
        try:
            event = LocalEvent.model_validate(content)
        except ValidationError as wrong:
            raise Invalid.of(field_errors([{**each, "loc": ("body", "body", *each["loc"])} for each in wrong.errors()])) from None
        if event.type == PAYMENT_RECEIVED and not event.amount:
            raise Invalid("A payment has an amount above 0.00.", code="required", field="amount")
        return Told(
            event.id, event.type, event.created_at, event.reference, event.amount, event.method, event.policy_number, event.invoice_number
        )

    def _digest(self, moment: str, body: bytes) -> str:
        return hmac.new(self.secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def provider_called(name: str) -> Provider:
    """The provider of this name, where it is configured. Raises NotFound."""
    if name != settings.PAYMENT_PROVIDER or name != LOCAL:
        raise NotFound("No such payment provider is configured.")
    return LocalProvider(settings.PAYMENT_WEBHOOK_SECRET)

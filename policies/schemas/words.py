"""Words and texts that several schemas share."""

from typing import Annotated, Literal

from vanguard.http.fields import Text

Status = Literal["active", "expired", "cancelled"]
GivenReason = Literal["insured_request", "non_payment", "underwriting", "flat", "rewritten"]
# A renewal is cancelled along with the term before it.
CancellationReason = Literal[GivenReason, "prior_term"]
Cause = Literal[CancellationReason, "paid_before"]
Method = Literal["flat", "pro_rata", "short_rate"]
VersionKind = Literal["new_business", "renewal", "correction", "endorsement", "cancellation", "reinstatement"]
Choice = Literal["this", "later"]
Number = Annotated[str, Text(50)]
Kind = Annotated[str, Text(50)]
Zone = Annotated[str, Text(60)]
Reason = Annotated[str, Text(500, blank=True, multiline=True)]

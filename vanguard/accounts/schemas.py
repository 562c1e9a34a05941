"""What goes in and out under /api/auth."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from vanguard.http.fields import Secret, Text
from vanguard.http.schema import In, Out


class CredentialsIn(In):
    email: Annotated[str, Text(255)]
    password: Secret
    # Frontends may send it for everybody; it counts for who has set up a second factor.
    otp: Annotated[str, Text(40, blank=True)] | None = None


class CodeIn(In):
    otp: Annotated[str, Text(40)]


class SetUpIn(CodeIn):
    set_up: Secret


class RefreshIn(In):
    refresh_token: Secret


class LogoutIn(In):
    refresh_token: Secret | None = None


class PasswordIn(In):
    current_password: Secret
    new_password: Secret


class ForgottenIn(In):
    email: Annotated[str, Text(255)]


class ResetIn(In):
    token: Secret
    new_password: Secret


class TokenOut(Out):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (a scheme, no secret)
    expires_in: int
    # After a log-in: to be sent as X-Device-Token at the next one.
    device_token: str | None = None


class StepUpOut(Out):
    until: datetime


class SetUpOut(Out):
    # For typing into an authenticator; the same as an address, for a picture; and sealed, to be sent back with the first code.
    secret: str
    address: str
    set_up: str


class RecoveryCodesOut(Out):
    recovery_codes: list[str]


class LinkedCustomerOut(Out):
    id: UUID
    email: str
    first_name: str
    last_name: str


class ProfileOut(Out):
    id: UUID
    email: str
    first_name: str
    last_name: str
    roles: list[str]
    permissions: list[str]
    customer: LinkedCustomerOut | None

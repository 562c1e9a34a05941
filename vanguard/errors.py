"""What can go wrong on purpose. Each error owns its HTTP status and code; `config.api` and the workbench each translate it once."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

# What the system says where no room is left on a disk.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to correct: `field` in snake_case ("" for the whole), a `code` for programs, a `message` for people."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A refusal that the caller can understand and act on. Nothing was changed."""

    status: ClassVar[int] = 409
    default_code: ClassVar[str] = "conflict"

    def __init__(self, message: str, *, code: str = "", field: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.errors = tuple(errors) or (FieldError(field, self.code, message),)


class MalformedBody(DomainError):
    """The body is not what its content type says."""

    status, default_code = 400, "malformed"


class Unauthenticated(DomainError):
    """No token, a bad one, or wrong credentials; one message for all of them."""

    status, default_code = 401, "unauthenticated"


class NotAllowed(DomainError):
    """Known, but not allowed."""

    status, default_code = 403, "not_allowed"


class StepUpRequired(NotAllowed):
    """Allowed, but only after a code of the second factor that was given a moment ago."""

    default_code = "step_up_required"


class NotFound(DomainError):
    """There is no such thing, or none that the caller may know of."""

    status, default_code = 404, "not_found"


class Conflict(DomainError):
    """A rule that needs more than the sent fields stands against it."""

    status, default_code = 409, "conflict"


class StaleVersion(DomainError):
    """Somebody else changed the record since the caller read it."""

    status, default_code = 412, "stale"


class Invalid(DomainError):
    """Well-formed, but invalid on its own."""

    status, default_code = 422, "invalid"

    @classmethod
    def of(cls, errors: Sequence[FieldError]) -> "Invalid":
        """One error for all fields to correct. `errors` must not be empty."""
        return cls("; ".join(dict.fromkeys(error.message for error in errors)), code=errors[0].code, errors=errors)


class PreconditionRequired(DomainError):
    """If-Match is missing where a change could overwrite another's."""

    status, default_code = 428, "precondition_required"


class Throttled(DomainError):
    """Too many tries. `retry_after` is in whole seconds."""

    status, default_code = 429, "throttled"

    def __init__(self, message: str, *, retry_after: int, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part that we need is away. `retry_after` is in whole seconds."""

    status, default_code = 503, "unavailable"

    def __init__(self, message: str, *, retry_after: int = 5, code: str = "") -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class NoRoom(DomainError):
    """There is no room left to keep a file. Nothing was changed."""

    status, default_code = 507, "no_room"

    def __init__(self) -> None:
        super().__init__("There is no room left to keep the file. Nothing was changed; whoever operates the platform has to make room.")

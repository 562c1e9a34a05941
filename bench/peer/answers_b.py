"""What peer B's parts share: who asks, and JSON without a second validation."""

from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from common import logger, timestamp

log = logger()
JSON = "application/json; charset=utf-8"


class Caller(NamedTuple):
    id: UUID
    email: str
    is_superuser: bool
    permissions: list[str] | None

    def may(self, permission: str) -> bool:
        return self.is_superuser or permission in (self.permissions or ())


def exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    if isinstance(value, UUID):  # asyncpg's own class, which orjson does not take for a UUID
        return str(value)
    raise TypeError(type(value).__name__)


def content_of(data: Any, message: str = "OK") -> bytes:
    return orjson.dumps({"data": data, "message": message, "success": True, "timestamp": timestamp()}, exact, orjson.OPT_UTC_Z)


def shown(row: Any, names: list[tuple[str, str]]) -> dict[str, Any]:
    return {camel: value for name, camel in names if (value := row[name]) is not None and value != ""}

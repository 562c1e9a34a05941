"""Keys that sort by the time they were made (RFC 9562, version 7): rows filed together lie together in the index."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()

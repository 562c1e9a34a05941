"""Keys that sort by the time they were made (RFC 9562, version 7): rows filed together lie together in the index."""

from uuid import UUID

import uuid_utils
from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()


def new_text_id() -> str:
    """The same as text, for what is only written down."""
    return str(uuid_utils.uuid7())

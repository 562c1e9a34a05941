"""Found by Django under this name."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from vanguard.pulse import HANGS, pulse


class DatabaseWrapper(base.DatabaseWrapper):
    """Django asks for a new connection also where it has just lost one, to leave its transaction: the pool would be waited for again."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if pulse.hangs:
            raise OperationalError(HANGS)
        return super().get_new_connection(conn_params)

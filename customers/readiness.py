"""No traffic while somebody can be read again who was erased: a backup was put back, and the ledger was not replayed."""

from django.db.backends.base.base import BaseDatabaseWrapper

from customers.services import ledger
from vanguard.observability.health import PartAway


def check_erasures(connection: BaseDatabaseWrapper) -> str:
    for lot in ledger.readable_again():
        sql, values = lot.order_by().values("pk")[:1].query.get_compiler(connection=connection).as_sql()
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            if cursor.fetchone():
                raise PartAway("customers who were erased can be read again; run replay_erasures")
    return "all done"

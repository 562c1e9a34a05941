"""What `/metrics` tells of the database's migrations."""

from django.db import DEFAULT_DB_ALIAS, connections

from vanguard import releases
from vanguard.observability import schema
from vanguard.observability.asked import Figure, Values, add_figure


def newer_migrations() -> Values:
    newer = releases.look(connections[DEFAULT_DB_ALIAS]).newer
    schema.telling.tell(newer)
    yield (), len(newer)


add_figure(Figure("vanguard_newer_migrations", "Migrations in the database that this release does not know.", newer_migrations))

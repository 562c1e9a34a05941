"""Counters on SQLite, which has one writer at a time: one row a table, and triggers that add to it row by row."""

COUNTERS = "vanguard_rowcount"
MAKE: tuple[str, ...] = (f"CREATE TABLE {COUNTERS} (table_name text NOT NULL PRIMARY KEY, number integer NOT NULL)",)
UNMAKE: tuple[str, ...] = (f"DROP TABLE {COUNTERS}",)
# Which triggers a table has.
AT_WORK = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"


def hold(table: str) -> tuple[str, ...]:
    """Whoever writes holds the whole database already."""
    return ()


def triggers(table: str) -> dict[str, str]:
    """By name, what makes it where it is missing. SQLite has no TRUNCATE; its DELETE of everything goes row by row where triggers are."""
    return {
        name: f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table} BEGIN {addition}; END"
        for name, event, addition in (
            (f"{table}_inserted", "INSERT", _addition(table, "+ 1")),
            (f"{table}_deleted", "DELETE", _addition(table, "- 1")),
        )
    }


def _addition(table: str, difference: str) -> str:
    return f"UPDATE {COUNTERS} SET number = number {difference} WHERE table_name = '{table}'"  # noqa: S608  # names of ours


def drop_trigger(name: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name}"

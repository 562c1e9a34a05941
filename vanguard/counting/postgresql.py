"""Counters on PostgreSQL: a counter is the sum of its slots.

A writer adds to any slot that no other transaction holds, or else makes one. So writers neither wait for each other here nor deadlock,
in whatever order they touch tables, and there are never more slots than there were writers at one instant.
"""

COUNTERS = "vanguard_rowcount"
MAKE: tuple[str, ...] = (
    # Room on each page lets a slot be updated in place again and again, which leaves nothing to vacuum.
    f"""
    CREATE TABLE {COUNTERS} (
        table_name text NOT NULL, slot bigint GENERATED ALWAYS AS IDENTITY, number bigint NOT NULL, PRIMARY KEY (table_name, slot)
    ) WITH (fillfactor = 10)
    """,
    # TRUNCATE keeps every other writer of the table out until its end, so no slot of it is held then.
    f"""
    CREATE FUNCTION vanguard_count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        counted text := TG_TABLE_NAME;
        difference bigint;
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM {COUNTERS} WHERE table_name = counted;
            RETURN NULL;
        END IF;
        SELECT CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END INTO difference FROM changed;
        IF difference = 0 THEN
            RETURN NULL;
        END IF;
        UPDATE {COUNTERS} SET number = number + difference WHERE table_name = counted AND slot = (
            SELECT slot FROM {COUNTERS} WHERE table_name = counted LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO {COUNTERS} (table_name, number) VALUES (counted, difference);
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608  # a name of ours
)
UNMAKE: tuple[str, ...] = ("DROP FUNCTION vanguard_count_rows()", f"DROP TABLE {COUNTERS}")
# Which triggers of a table are at work.
AT_WORK = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')"


def hold(table: str) -> tuple[str, ...]:
    """Waits for the writers that are in, and keeps others out until the transaction ends; readers go on."""
    return (f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",)


def triggers(table: str) -> dict[str, str]:
    """By name, what makes or replaces it. A statement's rows are counted together, so a COPY of many costs one addition."""
    when = {
        f"{table}_inserted": f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed",
        f"{table}_deleted": f"AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed",
        f"{table}_truncated": f"AFTER TRUNCATE ON {table}",
    }
    does = "FOR EACH STATEMENT EXECUTE FUNCTION vanguard_count_rows()"
    return {name: f"CREATE OR REPLACE TRIGGER {name} {event} {does}" for name, event in when.items()}


def drop_trigger(name: str, table: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name} ON {table}"

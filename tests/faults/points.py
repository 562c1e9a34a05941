"""Points at which a request can be stopped: after each statement that writes, and in its COMMIT.

Triggers on every table count them, and note what was changed in which transaction; what is rolled back is noted nowhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.faults.making import NAME
from tests.faults.parts import Postgres

# How a request is stopped: its connection is ended by the server, or it is held long enough for its caller to go away.
KILL, HOLD = "kill", "hold"
HELD_SECONDS = 0.3
# psycopg reads it: a percent sign is written twice.
MAKE = f"""
    CREATE TABLE fault_plan (place int, way text, in_commit boolean);
    INSERT INTO fault_plan VALUES (0, '', false);
    CREATE TABLE fault_seen (tx xid8, who text, what text, at bigserial);
    CREATE SEQUENCE fault_points;
    CREATE SEQUENCE fault_commits;
    CREATE FUNCTION fault_stop(way text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF way = '{KILL}' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        PERFORM pg_sleep({HELD_SECONDS});
    END $$;
    CREATE FUNCTION fault_point() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE plan fault_plan;
    BEGIN
        IF current_setting('application_name') = '{NAME}' THEN RETURN NULL; END IF;
        INSERT INTO fault_seen (tx, who, what) VALUES (pg_current_xact_id(),
            coalesce(split_part(current_setting('vanguard.acting', true), E'\\t', 2), ''), TG_TABLE_NAME || ' ' || TG_OP);
        SELECT * INTO plan FROM fault_plan;
        IF nextval('fault_points') = plan.place AND NOT plan.in_commit THEN PERFORM fault_stop(plan.way); END IF;
        RETURN NULL;
    END $$;
    CREATE FUNCTION fault_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE plan fault_plan;
    BEGIN
        IF current_setting('application_name') = '{NAME}' OR current_setting('fault.committing', true) = pg_current_xact_id()::text THEN
            RETURN NULL;
        END IF;
        PERFORM set_config('fault.committing', pg_current_xact_id()::text, true);
        SELECT * INTO plan FROM fault_plan;
        IF nextval('fault_commits') = plan.place AND plan.in_commit THEN PERFORM fault_stop(plan.way); END IF;
        RETURN NULL;
    END $$;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname NOT LIKE 'fault_%%' AND relname NOT IN ('django_session', 'django_migrations')
        LOOP
            EXECUTE format('CREATE TRIGGER zz_fault AFTER INSERT OR UPDATE OR DELETE ON %%s EXECUTE FUNCTION fault_point()', name);
            EXECUTE format('CREATE CONSTRAINT TRIGGER zz_fault_commit AFTER INSERT OR UPDATE OR DELETE ON %%s
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault_commit()', name);
        END LOOP;
    END $$;
"""
BUSY = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
        AND state <> 'idle' AND pid <> pg_backend_pid()
"""
# A letter goes out after the answer, by a thread of its own, which only writes down what came of it.
LATER = {"mail_letter UPDATE"}
# What one transaction changed: table and operation, and by how many statements (those too that found no row).
type Change = tuple[tuple[str, int], ...]


class Points:
    def __init__(self, database: Postgres) -> None:
        self.database = database
        database.query(MAKE)

    def arm(self, place: int = 0, way: str = "", *, in_commit: bool = False) -> None:
        """From now on the `place`th point (or COMMIT) is stopped; 0: none, they are only counted."""
        self.database.query(
            "WITH anew AS (SELECT setval('fault_points', 1, false), setval('fault_commits', 1, false))"
            " UPDATE fault_plan SET place = %s, way = %s, in_commit = %s FROM anew",
            place, way, in_commit,
        )  # fmt: skip

    def passed(self) -> tuple[int, int]:
        """How many points and how many COMMITs were come to since, those that were rolled back too."""
        last = "(SELECT last_value - (NOT is_called)::int FROM {})"
        rows = self.database.query(f"SELECT {last.format('fault_points')}, {last.format('fault_commits')}")
        return int(str(rows[0][0])), int(str(rows[0][1]))

    def changes(self) -> tuple[dict[str, list[Change]], set[str]]:
        """What was committed: by correlation id its transactions in order, and what those changed that did not say whose they were."""
        rows = self.database.query("SELECT tx::text, who, what FROM fault_seen ORDER BY at")
        whose = {str(tx): str(who) for tx, who, _ in rows if who}
        whole: dict[str, Counter[str]] = defaultdict(Counter)
        for tx, _, what in rows:
            whole[str(tx)][str(what)] += 1
        found: dict[str, list[Change]] = defaultdict(list)
        for tx, changed in whole.items():
            if tx in whose:
                found[whose[tx]].append(tuple(sorted(changed.items())))
        return found, {what for tx, changed in whole.items() if tx not in whose for what in changed}

    def are_at_rest(self) -> bool:
        return self.database.query(BUSY) == [(0,)]


def without_later(transactions: Iterable[Change]) -> list[Change]:
    return [each for each in transactions if not {what for what, _ in each} <= LATER]

"""Points at which a request can be stopped: after each statement that writes, and in its COMMIT.

Triggers on every table count them, and note what was changed in which transaction; what is rolled back is noted nowhere. What a change
records (audit_record) and counts (vanguard_rowcount) is written by triggers, in the change's own statement: it is no point besides.
"""

from collections import defaultdict

import psycopg

from tests.faults.making import NAME
from tests.faults.parts import Postgres

# How a request is stopped: its connection is ended by the server, or it is held for so long that its caller goes away meanwhile.
KILL, HOLD = "kill", "hold"
# A COMMIT is held so long, that its client can go away meanwhile.
HELD_SECONDS = 0.3
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
            split_part(coalesce(current_setting('vanguard.acting', true), ''), E'\\t', 2), TG_TABLE_NAME || ' ' || TG_OP);
        SELECT * INTO plan FROM fault_plan;
        IF nextval('fault_points') = plan.place AND NOT plan.in_commit THEN PERFORM fault_stop(plan.way); END IF;
        RETURN NULL;
    END $$;
    CREATE FUNCTION fault_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE plan fault_plan; this text := pg_current_xact_id();
    BEGIN
        IF current_setting('application_name') = '{NAME}' OR current_setting('fault.committing', true) = this THEN RETURN NULL; END IF;
        PERFORM set_config('fault.committing', this, true);
        SELECT * INTO plan FROM fault_plan;
        IF nextval('fault_commits') = plan.place AND plan.in_commit THEN PERFORM fault_stop(plan.way); END IF;
        RETURN NULL;
    END $$;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname !~ '^(fault|audit|django)_' AND relname <> 'vanguard_rowcount'
        LOOP
            EXECUTE format('CREATE TRIGGER zz_fault AFTER INSERT OR UPDATE OR DELETE ON %s EXECUTE FUNCTION fault_point()', name);
            EXECUTE format('CREATE CONSTRAINT TRIGGER zz_fault_commit AFTER INSERT OR UPDATE OR DELETE ON %s
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault_commit()', name);
        END LOOP;
    END $$;
"""
BUSY = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
        AND state <> 'idle' AND pid <> pg_backend_pid()
"""
ARM = """
    WITH anew AS (SELECT setval('fault_points', 1, false), setval('fault_commits', 1, false))
    UPDATE fault_plan SET place = %s, way = %s, in_commit = %s FROM anew
"""
PASSED = """
    SELECT points.last_value - (NOT points.is_called)::int, commits.last_value - (NOT commits.is_called)::int
    FROM fault_points AS points, fault_commits AS commits
"""
# A letter goes out after the answer, by a thread of its own, which only writes down what came of it.
LATER = {"mail_letter UPDATE"}
# The tables that one transaction wrote to, and how; those too in which its statement found no row.
type Change = frozenset[str]


class Points:
    def __init__(self, database: Postgres) -> None:
        self.connection = psycopg.connect(database.url(), autocommit=True)
        self.connection.execute(MAKE)

    def arm(self, place: int = 0, way: str = "", *, in_commit: bool = False) -> None:
        """From now on the `place`th point (or COMMIT) is stopped; 0: none, they are only counted."""
        self.connection.execute(ARM, [place, way, in_commit])

    def passed(self) -> tuple[int, int]:
        """How many points and how many COMMITs were come to since, those that were rolled back too."""
        points, commits = self.connection.execute(PASSED).fetchall()[0]
        return int(points), int(commits)

    def changes(self) -> tuple[dict[str, list[Change]], set[str]]:
        """What was committed: by correlation id its transactions in order, and what those wrote that did not say whose they were."""
        rows = self.connection.execute("SELECT tx::text, who, what FROM fault_seen ORDER BY at").fetchall()
        whose = {tx: who for tx, who, _ in rows if who}
        wrote: dict[str, set[str]] = defaultdict(set)
        for tx, _, what in rows:
            wrote[tx].add(what)
        found: dict[str, list[Change]] = defaultdict(list)
        for tx, changed in wrote.items():
            if tx in whose and not changed <= LATER:
                found[whose[tx]].append(frozenset(changed))
        return found, {what for tx, changed in wrote.items() if tx not in whose for what in changed}

    def are_at_rest(self) -> bool:
        return self.connection.execute(BUSY).fetchall() == [(0,)]

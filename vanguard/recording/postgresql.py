"""Recording on PostgreSQL: triggers per statement, which see the rows of a COPY or of a bulk update together and write them down at once.

Their function runs as its owner, so that the application's own role need not be able to write to the trail at all (docs/audit.md).
"""

import json

KEPT = "The audit trail is only ever added to."
TABLES = ("audit_record", "audit_link", "audit_head", "audit_key")
# Of a trigger's arguments: the column of the primary key, and what stands for the columns that are hidden.
_WRITTEN = """
    INSERT INTO audit_record (at, table_name, row_id, operation, old, new, transaction, actor, correlation_id, address)
    SELECT now_is, TG_TABLE_NAME, coalesce({row}, ''), lower(TG_OP), {old}, {new}, number, actor, correlation, address
"""
_ALL = "jsonb_strip_nulls(j) || hidden"
_FUNCTION = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    DECLARE
        now_is timestamptz := clock_timestamp();
        number bigint := pg_current_xact_id()::text::bigint;
        told text := coalesce(current_setting('vanguard.acting', true), '');
        actor text := split_part(told, E'\\t', 1);
        correlation text := split_part(told, E'\\t', 2);
        address text := split_part(told, E'\\t', 3);
        key text := TG_ARGV[0];
        hidden jsonb := TG_ARGV[1]::jsonb;
    BEGIN
        {body}
        RETURN NULL;
    END $$
"""  # names of ours
# One row, where a condition chooses which.
_ROW = f"""
    DECLARE j jsonb := to_jsonb(NEW);
    BEGIN {_WRITTEN.format(row="j->>key", old="NULL::jsonb", new=_ALL)}; END;
"""
_STATEMENT = f"""
    IF TG_OP = 'INSERT' THEN
        {_WRITTEN.format(row="j->>key", old="NULL::jsonb", new=_ALL)} FROM (SELECT to_jsonb(r) AS j FROM after_it r OFFSET 0) AS rows;
    ELSIF TG_OP = 'DELETE' THEN
        {_WRITTEN.format(row="j->>key", old=_ALL, new="NULL::jsonb")} FROM (SELECT to_jsonb(r) AS j FROM before_it r OFFSET 0) AS rows;
    ELSIF TG_OP = 'TRUNCATE' THEN
        {_WRITTEN.format(row="NULL", old="NULL::jsonb", new="NULL::jsonb")};
    ELSE
        -- A row whose key was changed is told as one that went and one that came.
        {_WRITTEN.format(row="coalesce(is_now.j, was.j)->>key", old="differing.old", new="differing.new")}
        FROM (SELECT to_jsonb(r) AS j FROM before_it r OFFSET 0) AS was
        FULL JOIN (SELECT to_jsonb(r) AS j FROM after_it r OFFSET 0) AS is_now ON was.j->>key = is_now.j->>key
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(name, coalesce(hidden->name, was.j->name)) AS old,
                jsonb_object_agg(name, coalesce(hidden->name, is_now.j->name)) AS new
            FROM jsonb_object_keys(coalesce(is_now.j, was.j)) AS name WHERE was.j->name IS DISTINCT FROM is_now.j->name
        ) AS differing
        WHERE differing.new IS NOT NULL;
    END IF;
"""  # noqa: S608  # names of ours
_TABLES = (
    """
    CREATE TABLE audit_record (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, table_name text NOT NULL, row_id text NOT NULL,
        operation text NOT NULL, old jsonb, new jsonb, transaction bigint NOT NULL,
        actor text NOT NULL, correlation_id text NOT NULL, address text NOT NULL
    )
    """,
    "CREATE INDEX audit_record_by_row ON audit_record (row_id, id)",
    "CREATE INDEX audit_record_by_actor ON audit_record (actor, id) WHERE actor <> ''",
    "CREATE INDEX audit_record_by_correlation ON audit_record (correlation_id) WHERE correlation_id <> ''",
    # Nearly in the order of the rows: an index of a few pages finds a range, and costs next to nothing to add to.
    "CREATE INDEX audit_record_by_time ON audit_record USING brin (at) WITH (pages_per_range = 16, autosummarize = on)",
    # The order in which records are sealed.
    "CREATE INDEX audit_record_by_transaction ON audit_record (transaction, id)",
    "CREATE TABLE audit_link (sequence bigint PRIMARY KEY, record_id bigint NOT NULL UNIQUE, digest bytea NOT NULL)",
    """
    CREATE TABLE audit_head (
        sequence bigint PRIMARY KEY, digest bytea NOT NULL, at timestamptz NOT NULL, sealed_before bigint NOT NULL, signature bytea NOT NULL
    )
    """,
    "CREATE TABLE audit_key (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, made_at timestamptz NOT NULL, wrapped bytea NOT NULL)",
)


def make(schema: str) -> list[str]:
    """The trail's tables, what keeps them, and the functions that write."""
    refuse = f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';"
    return [
        *_TABLES,
        _FUNCTION.format(name="vanguard_record_rows", schema=schema, body=_STATEMENT),
        _FUNCTION.format(name="vanguard_record_row", schema=schema, body=_ROW),
        # Nobody else makes a trigger of a table of their own with them, and writes to the trail what never was.
        "REVOKE EXECUTE ON FUNCTION vanguard_record_rows(), vanguard_record_row() FROM PUBLIC",
        f"CREATE FUNCTION vanguard_keep_trail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
        *(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION vanguard_keep_trail()"
            for table in TABLES
        ),
    ]


def unmake() -> list[str]:
    """Takes the triggers of the recorded tables along."""
    return [
        "DROP FUNCTION vanguard_record_rows() CASCADE",
        "DROP FUNCTION vanguard_record_row() CASCADE",
        *(f"DROP TABLE {table}" for table in reversed(TABLES)),
        "DROP FUNCTION vanguard_keep_trail()",
    ]


def triggers(table: str, key: str, hidden: dict[str, str], inserts: str) -> dict[str, str]:
    """By name, what makes or replaces it. `inserts` is the condition on which a new row is recorded; empty: always."""
    arguments = f"('{key}', '{json.dumps(hidden, sort_keys=True, ensure_ascii=True)}')"
    each = f"FOR EACH STATEMENT EXECUTE FUNCTION vanguard_record_rows{arguments}"
    when = {
        "recorded_insert": f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS after_it {each}",
        "recorded_update": f"AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it {each}",
        "recorded_delete": f"AFTER DELETE ON {table} REFERENCING OLD TABLE AS before_it {each}",
        "recorded_truncate": f"AFTER TRUNCATE ON {table} {each}",
    }
    if inserts:
        when["recorded_insert"] = f"AFTER INSERT ON {table} FOR EACH ROW WHEN ({inserts}) EXECUTE FUNCTION vanguard_record_row{arguments}"
    return {name: f"CREATE OR REPLACE TRIGGER {name} {event}" for name, event in when.items()}


# Table and name of each trigger that is at work, with how it was made.
AT_WORK = """
    SELECT relname, tgname, encode(tgargs, 'escape') FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname LIKE 'recorded\\_%' AND tgenabled IN ('O', 'A') AND pg_table_is_visible(tgrelid)
"""

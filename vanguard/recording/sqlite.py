"""Recording on SQLite: triggers per row, written from the columns of each table, so they are made anew after every migration.

Who acts is told by functions of the connection (vanguard.recording.telling): a program that opens the file without the platform has
none of them, and is refused whatever it would write to a recorded table.
"""

from collections.abc import Sequence

KEPT = "The audit trail is only ever added to."
TABLES = ("audit_record", "audit_link", "audit_head", "audit_key")
_TABLES = (
    """
    CREATE TABLE audit_record (
        id integer PRIMARY KEY AUTOINCREMENT, at text NOT NULL, table_name text NOT NULL, row_id text NOT NULL,
        operation text NOT NULL, old text, new text, "transaction" integer NOT NULL,
        actor text NOT NULL, correlation_id text NOT NULL, address text NOT NULL
    )
    """,
    "CREATE INDEX audit_record_by_row ON audit_record (row_id, id)",
    "CREATE INDEX audit_record_by_actor ON audit_record (actor, id) WHERE actor <> ''",
    "CREATE INDEX audit_record_by_correlation ON audit_record (correlation_id) WHERE correlation_id <> ''",
    "CREATE INDEX audit_record_by_time ON audit_record (at)",
    "CREATE TABLE audit_link (sequence integer PRIMARY KEY, record_id integer NOT NULL UNIQUE, digest blob NOT NULL)",
    """
    CREATE TABLE audit_head (
        sequence integer PRIMARY KEY, digest blob NOT NULL, at text NOT NULL, sealed_before integer NOT NULL, signature blob NOT NULL
    )
    """,
    "CREATE TABLE audit_key (id integer PRIMARY KEY AUTOINCREMENT, made_at text NOT NULL, wrapped blob NOT NULL)",
)


def make(_schema: str) -> list[str]:
    """The trail's tables, and what keeps them."""
    return [
        *_TABLES,
        *(
            f"CREATE TRIGGER {table}_kept_from_{event.lower()} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
            for table in TABLES
            for event in ("UPDATE", "DELETE")
        ),
    ]


def unmake() -> list[str]:
    return [f"DROP TABLE {table}" for table in reversed(TABLES)]


def triggers(table: str, key: str, columns: Sequence[str], hidden: dict[str, str], inserts: str) -> dict[str, str]:
    """By name, what makes it. `inserts` is the condition on which a new row is recorded; empty: always."""
    kinds = {
        "insert": ("NEW", "NULL", _row("NEW", columns, hidden), f"WHEN {inserts} " if inserts else ""),
        "delete": ("OLD", _row("OLD", columns, hidden), "NULL", ""),
        "update": ("NEW", _changed(0, columns, hidden), _changed(1, columns, hidden), f"WHEN {_differs(columns)} "),
    }
    return {f"recorded_{kind}_{table}": _trigger(kind, table, key, *rest) for kind, rest in kinds.items()}


def _trigger(kind: str, table: str, key: str, row: str, old: str, new: str, when: str) -> str:
    return f"""
        CREATE TRIGGER recorded_{kind}_{table} AFTER {kind.upper()} ON {table} {when}BEGIN
            INSERT INTO audit_record (at, table_name, row_id, operation, old, new, "transaction", actor, correlation_id, address)
            VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), '{table}', CAST({row}."{key}" AS text), '{kind}', {old}, {new}, 0,
                vanguard_acting(0), vanguard_acting(1), vanguard_acting(2));
        END
    """  # noqa: S608  # names of ours


def _row(row: str, columns: Sequence[str], hidden: dict[str, str]) -> str:
    """The whole row as JSON."""
    parts = (f"'{column}', " + (f"'{hidden[column]}'" if column in hidden else f'{row}."{column}"') for column in columns)
    return f"json_object({', '.join(parts)})"


def _changed(side: int, columns: Sequence[str], hidden: dict[str, str]) -> str:
    """What is different, as JSON: how it was (0), or is now (1)."""
    shown = (f"'{hidden[column]}'" if column in hidden else f'{("OLD", "NEW")[side]}."{column}"' for column in columns)
    parts = (f"SELECT '{column}' AS name, {value} AS value WHERE {_differ(column)}" for column, value in zip(columns, shown, strict=True))
    return f"(SELECT json_group_object(name, value) FROM ({' UNION ALL '.join(parts)}))"  # noqa: S608  # names of ours


def _differs(columns: Sequence[str]) -> str:
    return f"({' OR '.join(map(_differ, columns))})"


def _differ(column: str) -> str:
    return f'OLD."{column}" IS NOT NEW."{column}"'


# Table and name of each trigger, with how it was made.
AT_WORK = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'recorded\\_%' ESCAPE '\\'"

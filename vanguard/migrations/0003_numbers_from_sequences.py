"""On PostgreSQL readable numbers come from sequences, which nobody waits for; what the rows had given out is gone on from."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FUNCTION = """
CREATE FUNCTION vanguard_next_number(prefix text, year integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    sequence text := format('number_series_%s_%s', lower(prefix), year);
    number text;
BEGIN
    IF prefix !~ '^[A-Z]{{1,8}}$' OR year NOT BETWEEN 1900 AND 9999 THEN
        RAISE 'There is no series of numbers % of %.', prefix, year;
    END IF;
    IF to_regclass(sequence) IS NULL THEN
        BEGIN
            EXECUTE format('CREATE SEQUENCE %I START %s', sequence,
                1 + coalesce((SELECT last FROM vanguard_numberseries WHERE name = format('%s-%s', prefix, year)), 0));
        EXCEPTION WHEN duplicate_table OR unique_violation THEN
            NULL;  -- another transaction, which this one waited for, has made it
        END;
    END IF;
    number := nextval(sequence::regclass)::text;
    RETURN format('%s-%s-%s', prefix, year, lpad(number, greatest(6, length(number)), '0'));
END $$
"""
SEQUENCES = r"SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND sequencename ~ '^number_series_[a-z]+_\d{4}$'"
KEEP = """
INSERT INTO vanguard_numberseries AS kept (name, last) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET last = greatest(kept.last, excluded.last)
"""


def make_function(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        # The function works with its owner's rights, so that the application's role needs none to make a sequence in a new year;
        # so it must look for tables where this migration makes them, and nowhere else.
        cursor.execute("SELECT quote_ident(current_schema())")
        cursor.execute(FUNCTION.format(schema=cursor.fetchone()[0]))


def put_back_into_rows(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        for sequence, last in cursor.fetchall():
            prefix, year = sequence.removeprefix("number_series_").rsplit("_", 1)
            if last is not None:
                cursor.execute(KEEP, [f"{prefix.upper()}-{year}", last])
            cursor.execute(f"DROP SEQUENCE {sequence}")
        cursor.execute("DROP FUNCTION vanguard_next_number")


class Migration(migrations.Migration):

    dependencies = [
        ("vanguard", "0002_row_counters"),
    ]

    operations = [
        migrations.RunPython(make_function, put_back_into_rows),
    ]

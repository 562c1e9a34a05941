"""The database keeps what was booked: no version and no segment is changed, none is lost but with its policy, none overlaps.

SQLite refuses changes and overlaps only: a trigger there that looks into another table would stop every later migration that
makes that table anew.
"""

from typing import Any

from django.db import migrations

POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE policies_policysegment ADD CONSTRAINT policy_segments_do_not_overlap
    EXCLUDE USING gist (version_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    """,
    """
    CREATE FUNCTION policies_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM policies_policy WHERE id = OLD.policy_id) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'A version of a policy is never changed or deleted.' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE FUNCTION policies_keep_segment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM policies_policyversion WHERE id = OLD.version_id) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'A segment of a policy is never changed or deleted.' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER policy_version_is_kept BEFORE UPDATE OR DELETE ON policies_policyversion FOR EACH ROW EXECUTE FUNCTION policies_keep_version()",
    "CREATE TRIGGER policy_segment_is_kept BEFORE UPDATE OR DELETE ON policies_policysegment FOR EACH ROW EXECUTE FUNCTION policies_keep_segment()",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER policy_segment_is_kept ON policies_policysegment",
    "DROP TRIGGER policy_version_is_kept ON policies_policyversion",
    "DROP FUNCTION policies_keep_segment()",
    "DROP FUNCTION policies_keep_version()",
    "ALTER TABLE policies_policysegment DROP CONSTRAINT policy_segments_do_not_overlap",
]
SQLITE = [
    """
    CREATE TRIGGER policy_version_is_kept BEFORE UPDATE ON policies_policyversion
    BEGIN SELECT RAISE(ABORT, 'A version of a policy is never changed.'); END
    """,
    """
    CREATE TRIGGER policy_segment_is_kept BEFORE UPDATE ON policies_policysegment
    BEGIN SELECT RAISE(ABORT, 'A segment of a policy is never changed.'); END
    """,
    """
    CREATE TRIGGER policy_segments_do_not_overlap BEFORE INSERT ON policies_policysegment
    WHEN EXISTS (
        SELECT 1 FROM policies_policysegment
        WHERE version_id = NEW.version_id AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
    )
    BEGIN SELECT RAISE(ABORT, 'Segments of a version do not overlap.'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER policy_segments_do_not_overlap",
    "DROP TRIGGER policy_segment_is_kept",
    "DROP TRIGGER policy_version_is_kept",
]


def keep(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def let_go(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("policies", "0006_first_versions")]

    operations = [migrations.RunPython(keep, let_go)]

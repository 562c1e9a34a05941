# ruff: noqa: S608  # SQL of our own tables
"""A published version takes no change, whoever asks: the database refuses what the services refuse.

`valid_to` alone is set once, when the successor is published. On SQLite a row can still be deleted: Django empties tables there by
deleting row by row, and PostgreSQL's TRUNCATE fires no such trigger either. A later migration that makes SQLite rebuild one of these
tables must run `forwards` again, because the table's triggers go with it.
"""

from typing import Any

from django.db import migrations

VERSION, COVERAGE, FACTOR, VALUE = "products_productversion", "products_coverage", "products_ratingfactor", "products_factorvalue"
FIXED = (
    "product_id", "number", "status", "valid_from", "base_rate", "short_rate_share", "quote_days", "published_at", "published_by_id",
    "created_at",
)  # fmt: skip
MAY_CHANGE = "ARRAY['valid_to', 'version', 'updated_at']"
# How to get from a part to the status of its version; {row} is NEW or OLD.
STATUS_OF = {
    COVERAGE: f"(SELECT status FROM {VERSION} WHERE id = {{row}}.product_version_id)",
    FACTOR: f"(SELECT status FROM {VERSION} WHERE id = {{row}}.product_version_id)",
    VALUE: f"(SELECT v.status FROM {VERSION} v JOIN {FACTOR} f ON f.product_version_id = v.id WHERE f.id = {{row}}.factor_id)",
}
OVERLAPS = f"""EXISTS (SELECT 1 FROM {VERSION} o WHERE o.product_id = NEW.product_id AND o.id <> NEW.id AND o.status = 'published'
    AND (NEW.valid_to IS NULL OR o.valid_from < NEW.valid_to) AND (o.valid_to IS NULL OR NEW.valid_from < o.valid_to))"""

POSTGRESQL = f"""
CREATE FUNCTION products_keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'published' THEN
        IF TG_OP = 'DELETE' OR OLD.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to
            OR to_jsonb(NEW) - {MAY_CHANGE} IS DISTINCT FROM to_jsonb(OLD) - {MAY_CHANGE} THEN
            RAISE EXCEPTION 'a published product version does not change' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.status = 'published' AND {OVERLAPS} THEN
        RAISE EXCEPTION 'two versions of a product would be valid at once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION products_keep_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = '{VALUE}' THEN
        IF TG_OP <> 'DELETE' AND {STATUS_OF[VALUE].format(row="NEW")} = 'published'
            OR TG_OP <> 'INSERT' AND {STATUS_OF[VALUE].format(row="OLD")} = 'published' THEN
            RAISE EXCEPTION 'a published product version does not change' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF TG_OP <> 'DELETE' AND {STATUS_OF[COVERAGE].format(row="NEW")} = 'published'
        OR TG_OP <> 'INSERT' AND {STATUS_OF[COVERAGE].format(row="OLD")} = 'published' THEN
        RAISE EXCEPTION 'a published product version does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER products_keep_version BEFORE INSERT OR UPDATE OR DELETE ON {VERSION} FOR EACH ROW EXECUTE FUNCTION products_keep_version();
CREATE TRIGGER products_keep_part BEFORE INSERT OR UPDATE OR DELETE ON {COVERAGE} FOR EACH ROW EXECUTE FUNCTION products_keep_part();
CREATE TRIGGER products_keep_part BEFORE INSERT OR UPDATE OR DELETE ON {FACTOR} FOR EACH ROW EXECUTE FUNCTION products_keep_part();
CREATE TRIGGER products_keep_part BEFORE INSERT OR UPDATE OR DELETE ON {VALUE} FOR EACH ROW EXECUTE FUNCTION products_keep_part();
"""
POSTGRESQL_BACK = f"""
DROP TRIGGER products_keep_version ON {VERSION};
DROP TRIGGER products_keep_part ON {COVERAGE};
DROP TRIGGER products_keep_part ON {FACTOR};
DROP TRIGGER products_keep_part ON {VALUE};
DROP FUNCTION products_keep_version();
DROP FUNCTION products_keep_part();
"""


def _sqlite() -> dict[str, str]:
    """Name → statement."""
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    refuse = "BEGIN SELECT RAISE(ABORT, 'a published product version does not change'); END"
    overlap = f"WHEN NEW.status = 'published' AND {OVERLAPS} BEGIN SELECT RAISE(ABORT, 'two versions of a product would be valid at once'); END"
    triggers = {
        "products_keep_version": f"BEFORE UPDATE ON {VERSION} WHEN OLD.status = 'published' "
        f"AND (OLD.valid_to IS NOT NULL AND NEW.valid_to IS NOT OLD.valid_to OR {changed}) {refuse}",
        "products_no_overlap_new": f"BEFORE INSERT ON {VERSION} {overlap}",
        "products_no_overlap": f"BEFORE UPDATE ON {VERSION} {overlap}",
    }
    for table, status in STATUS_OF.items():
        new, old = status.format(row="NEW"), status.format(row="OLD")
        triggers[f"{table}_keep_new"] = f"BEFORE INSERT ON {table} WHEN {new} = 'published' {refuse}"
        triggers[f"{table}_keep"] = f"BEFORE UPDATE ON {table} WHEN {old} = 'published' OR {new} = 'published' {refuse}"
    return {name: f"CREATE TRIGGER {name} {body}" for name, body in triggers.items()}


def forwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        for statement in _sqlite().values():
            schema_editor.execute(statement)


def backwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)
    else:
        for name in _sqlite():
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("products", "0001_product")]

    operations = [migrations.RunPython(forwards, backwards)]

# ruff: noqa: S608  # SQL of our own tables
"""Versions that were published before there were clauses get the form they were sold with; then a published version's clauses stay.

0003 added a column to the coverages, so SQLite has made that table anew and lost its triggers: they are put in again here.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

from policies.products.wording import form_of

kept = import_module("policies.products.migrations.0002_published_versions_stay")
CLAUSE = "products_productclause"
STATUS = f"(SELECT status FROM {kept.VERSION} WHERE id = {{row}}.product_version_id)"
REFUSE = "a published product version does not change"
POSTGRESQL = f"""
CREATE FUNCTION products_keep_clause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND {STATUS.format(row="NEW")} = 'published'
        OR TG_OP <> 'INSERT' AND {STATUS.format(row="OLD")} = 'published' THEN
        RAISE EXCEPTION '{REFUSE}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER products_keep_clause BEFORE INSERT OR UPDATE OR DELETE ON {CLAUSE} FOR EACH ROW EXECUTE FUNCTION products_keep_clause();
"""
SQLITE = {
    f"{CLAUSE}_keep_new": f"BEFORE INSERT ON {CLAUSE} WHEN {STATUS.format(row='NEW')} = 'published'",
    f"{CLAUSE}_keep": f"BEFORE UPDATE ON {CLAUSE} WHEN {STATUS.format(row='OLD')} = 'published' OR {STATUS.format(row='NEW')} = 'published'",
}


def give_forms(apps: Any, schema_editor: Any) -> None:
    using = schema_editor.connection.alias
    version, clause = (apps.get_model("products", name).objects.using(using) for name in ("ProductVersion", "ProductClause"))
    made = clause.model
    for each in version.prefetch_related("coverages"):
        coverages = list(each.coverages.all())
        by_code = {coverage.code: coverage.pk for coverage in coverages}
        clause.bulk_create(
            made(
                product_version_id=each.pk, coverage_id=by_code.get(spec.coverage), position=place,
                reference=spec.reference, topic=spec.topic, heading=spec.heading, text=spec.text,
            )
            for place, spec in enumerate(form_of(coverages))
        )


def put_back(apps: Any, schema_editor: Any) -> None:
    """On SQLite the triggers of the table that was made anew."""
    if schema_editor.connection.vendor == "sqlite":
        for name, statement in kept._sqlite().items():
            if name.startswith(f"{kept.COVERAGE}_"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
                schema_editor.execute(statement)


def forwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    for name, body in SQLITE.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {body} BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END")


def backwards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER products_keep_clause ON {CLAUSE}; DROP FUNCTION products_keep_clause();")
        return
    for name in SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("products", "0003_clauses")]

    operations = [
        migrations.RunPython(give_forms, migrations.RunPython.noop),
        migrations.RunPython(put_back, migrations.RunPython.noop),
        migrations.RunPython(forwards, backwards),
    ]

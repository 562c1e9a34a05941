from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Takes the policy's lock, which waits for whoever files on it just now, and only then looks: each statement of a volatile function
# sees what has been committed until it begins. The moments stand in the way they are read by Python.
CREATE = """
CREATE FUNCTION intake_claims_near(policy uuid, after timestamptz, before timestamptz, most integer) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM policies_policy WHERE id = policy FOR NO KEY UPDATE;
    RETURN (
        SELECT COALESCE(json_agg(json_build_array(found.id, found.claim_number, found.claim_type, found.incident_date)), '[]'::json)::text
        FROM (
            SELECT id, claim_number, claim_type, incident_date FROM claims_claim
            WHERE policy_id = policy AND incident_date > after AND incident_date < before
            ORDER BY incident_date, id LIMIT most
        ) AS found
    );
END $$
"""
DROP = "DROP FUNCTION intake_claims_near(uuid, timestamptz, timestamptz, integer)"


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0001_intake'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]

"""PostgreSQL tells who listens that what a caller is or may has changed: which user's, or (an empty word) everybody's.

Told at the commit, so nobody hears of it before it can be read. Used by the migration that puts the triggers in.
"""

CHANNEL = "callers"
# What each table tells, and when: a user's own row, but not the time of the last log-in; the end of a log-in; roles and permissions.
_OF_A_USER = {
    "accounts_user": (
        "id",
        "UPDATE",
        "FOR EACH ROW WHEN ((to_jsonb(OLD) - 'last_login') IS DISTINCT FROM (to_jsonb(NEW) - 'last_login'))",
    ),
    "accounts_tokenfamily": ("user_id", "UPDATE OF ended_at OR DELETE", "FOR EACH ROW"),
    "accounts_user_groups": ("user_id", "INSERT OR UPDATE OR DELETE", "FOR EACH ROW"),
    "accounts_user_user_permissions": ("user_id", "INSERT OR UPDATE OR DELETE", "FOR EACH ROW"),
}
_OF_EVERYBODY = {
    "auth_group_permissions": "INSERT OR UPDATE OR DELETE OR TRUNCATE",
    "auth_permission": "UPDATE OR DELETE OR TRUNCATE",
    "accounts_user": "DELETE OR TRUNCATE",
    "accounts_tokenfamily": "TRUNCATE",
    "accounts_user_groups": "TRUNCATE",
}
FUNCTION = f"""
CREATE FUNCTION accounts_tell_callers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := '{{}}';
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        changed := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    END IF;
    PERFORM pg_notify('{CHANNEL}', coalesce(changed ->> TG_ARGV[0], ''));
    RETURN NULL;
END $$
"""


def created() -> list[str]:
    """The statements that put the triggers in."""
    found = [FUNCTION]
    for table, (key, events, condition) in _OF_A_USER.items():
        found.append(
            f"CREATE TRIGGER {table}_told AFTER {events} ON {table} {condition} EXECUTE FUNCTION accounts_tell_callers('{key}')",
        )
    for table, events in _OF_EVERYBODY.items():
        found.append(f"CREATE TRIGGER {table}_all_told AFTER {events} ON {table} EXECUTE FUNCTION accounts_tell_callers('')")
    return found


def dropped() -> list[str]:
    """The statements that take them out."""
    drops = [f"DROP TRIGGER {table}_told ON {table}" for table in _OF_A_USER]
    drops += [f"DROP TRIGGER {table}_all_told ON {table}" for table in _OF_EVERYBODY]
    return [*drops, "DROP FUNCTION accounts_tell_callers()"]

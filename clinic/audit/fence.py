"""The second fence around the log: the database itself refuses UPDATE, DELETE, TRUNCATE and any INSERT but the next entry.

A database administrator can lower it; hence the hash chain and `verify`. Django remakes a table on SQLite when a migration alters
it, and its triggers are lost with it: such a migration must raise the fence again (a test looks after every migration).
"""

from __future__ import annotations

from typing import Any

TABLE = "audit_entry"

SQLITE = {
    "no_update": "BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only: UPDATE refused'); END",
    "no_delete": "BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only: DELETE refused'); END",
    "next_only": """BEFORE INSERT ON audit_entry
        WHEN NEW."index" <> (SELECT COALESCE(MAX("index") + 1, 0) FROM audit_entry) OR EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only: not the next entry'); END""",
}
"""`next_only` also stops INSERT OR REPLACE, which deletes without firing a delete trigger."""

POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW."index" = (SELECT COALESCE(MAX("index") + 1, 0) FROM audit_entry) THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'audit_entry is append-only: % refused', TG_OP;
END $$"""

POSTGRES = {
    "no_change": "BEFORE INSERT OR UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
    "no_truncate": "BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
}


def raise_fence(connection: Any) -> None:
    """Creates the triggers; an error if they stand already."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRES_FUNCTION)
        for name, rule in _rules(connection).items():
            cursor.execute(f"CREATE TRIGGER {TABLE}_{name} {rule}")


def lower_fence(connection: Any) -> None:
    """Drops the triggers: to reverse the migration, and for tests that tamper or flush."""
    with connection.cursor() as cursor:
        for name in _rules(connection):
            on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{on}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS audit_entry_refuse()")


def _rules(connection: Any) -> dict[str, str]:
    if connection.vendor not in ("sqlite", "postgresql"):
        raise RuntimeError(f"The decision log has no fence for {connection.vendor}: use SQLite or PostgreSQL.")
    return POSTGRES if connection.vendor == "postgresql" else SQLITE

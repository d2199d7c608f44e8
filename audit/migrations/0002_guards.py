"""What the database itself refuses, and the note of each event that waits for its place."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The trail is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_node
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON audit_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TRIGGER erasure_only BEFORE UPDATE ON audit_disclosure FOR EACH ROW
    WHEN (NEW.event_id <> OLD.event_id OR NEW.name <> OLD.name
          OR NEW.salt IS NOT NULL OR NEW.text IS NOT NULL)
    EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_note_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pending (event_id) SELECT id FROM written;
    RETURN NULL;
END $$;

CREATE TRIGGER note_pending AFTER INSERT ON audit_event
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION audit_note_pending();
"""

BACKWARD = """
DROP TRIGGER note_pending ON audit_event;
DROP TRIGGER erasure_only ON audit_disclosure;
DROP TRIGGER append_only ON audit_disclosure;
DROP TRIGGER append_only ON audit_checkpoint;
DROP TRIGGER append_only ON audit_node;
DROP TRIGGER append_only ON audit_leaf;
DROP TRIGGER append_only ON audit_event;
DROP FUNCTION audit_note_pending();
DROP FUNCTION audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

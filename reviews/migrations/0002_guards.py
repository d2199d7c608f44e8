"""What the database itself refuses: a campaign that was launched is never deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION reviews_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A campaign that was launched stays: % is refused.', TG_OP;
END $$;

CREATE TRIGGER launched_stays BEFORE DELETE ON reviews_campaign FOR EACH ROW
    WHEN (OLD.state <> 'planned') EXECUTE FUNCTION reviews_refuse_deletion();
CREATE TRIGGER launched_stays_all BEFORE TRUNCATE ON reviews_campaign
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_refuse_deletion();
"""

BACKWARD = """
DROP TRIGGER launched_stays_all ON reviews_campaign;
DROP TRIGGER launched_stays ON reviews_campaign;
DROP FUNCTION reviews_refuse_deletion();
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

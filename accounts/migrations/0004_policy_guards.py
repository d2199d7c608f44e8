"""What the database itself refuses: a version of the policy is never edited, and never deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A version of the policy stays as it is: % is refused.', TG_OP;
END $$;

CREATE TRIGGER policy_stays_as_it_is BEFORE UPDATE ON accounts_policyversion FOR EACH ROW
    WHEN (OLD.version IS NOT NULL
          AND (OLD.version, OLD.name, OLD."values", OLD.based_on, OLD.note, OLD.in_force_from)
          IS DISTINCT FROM
              (NEW.version, NEW.name, NEW."values", NEW.based_on, NEW.note, NEW.in_force_from))
    EXECUTE FUNCTION accounts_refuse_change();
CREATE TRIGGER policy_stays BEFORE DELETE ON accounts_policyversion FOR EACH ROW
    WHEN (OLD.version IS NOT NULL) EXECUTE FUNCTION accounts_refuse_change();
CREATE TRIGGER policy_stays_all BEFORE TRUNCATE ON accounts_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""

BACKWARD = """
DROP TRIGGER policy_stays_all ON accounts_policyversion;
DROP TRIGGER policy_stays ON accounts_policyversion;
DROP TRIGGER policy_stays_as_it_is ON accounts_policyversion;
DROP FUNCTION accounts_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_policy_and_conflicts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

-- Two roles for a PostgreSQL server of your own: the owner migrates, the application works, and
-- cannot change or remove what the trail holds, nor switch its guards off. Run as a superuser in
-- the database of PortX Access, once before the first migration and again after every upgrade:
--   psql --dbname=portx --file=scripts/database-roles.sql
-- Both roles and their passwords are yours to make first (CREATE ROLE portx_owner LOGIN ...).

GRANT CREATE, USAGE ON SCHEMA public TO portx_owner;
-- Imports are staged in tables of their own, which the application makes and drops.
GRANT CREATE, USAGE ON SCHEMA public TO portx_app;

ALTER DEFAULT PRIVILEGES FOR ROLE portx_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portx_app;
ALTER DEFAULT PRIVILEGES FOR ROLE portx_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO portx_app;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['audit_event', 'audit_leaf', 'audit_node', 'audit_checkpoint'] LOOP
        IF to_regclass(kept) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM portx_app', kept);
        END IF;
    END LOOP;
    -- A disclosure may be emptied (that is what erasing a person does), never removed.
    IF to_regclass('audit_disclosure') IS NOT NULL THEN
        REVOKE DELETE ON audit_disclosure FROM portx_app;
    END IF;
END $$;

-- Roles and schemas for a city that keeps its state and a copy of its releases in PostgreSQL.
-- Run once, as a superuser, in the city's database; may be run again. Passwords are set apart from this file.
--
--   etl_rw      the private program: owns the schemas `private` (runs, rejects, ledger) and `public_releases`
--   portal_ro   the public program: reads `public_releases`, and has no way to name anything in `private`

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'etl_rw') THEN CREATE ROLE etl_rw LOGIN NOINHERIT; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_ro') THEN CREATE ROLE portal_ro LOGIN NOINHERIT; END IF;
END
$$;

-- Nothing comes by way of PUBLIC.
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO etl_rw, portal_ro', current_database()); END $$;

CREATE SCHEMA IF NOT EXISTS private AUTHORIZATION etl_rw;
CREATE SCHEMA IF NOT EXISTS public_releases AUTHORIZATION etl_rw;
REVOKE ALL ON SCHEMA private, public_releases FROM PUBLIC;

GRANT USAGE ON SCHEMA public_releases TO portal_ro;
GRANT SELECT ON ALL TABLES IN SCHEMA public_releases TO portal_ro;
ALTER DEFAULT PRIVILEGES FOR ROLE etl_rw IN SCHEMA public_releases GRANT SELECT ON TABLES TO portal_ro;

ALTER ROLE etl_rw SET search_path = private, public_releases;
ALTER ROLE portal_ro SET search_path = public_releases;
ALTER ROLE portal_ro SET default_transaction_read_only = on;

-- The peers' tables: the same columns, indexes and checks as ours, under names of their own, in the schema `peer`, with the same records.
-- Nothing of ours is read or written by a peer, nor the other way round. Made anew by every run.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

-- Each table of ours that a peer has too, and what it is called there.
CREATE TABLE peer.twins (ours regclass PRIMARY KEY, peers text NOT NULL UNIQUE, filled boolean NOT NULL);
INSERT INTO peer.twins VALUES
    ('accounts_user', 'users', true), ('accounts_tokenfamily', 'token_families', true), ('auth_group', 'roles', true),
    ('customers_customer', 'customers', true), ('policies_policy', 'policies', true), ('claims_claim', 'claims', true),
    ('claims_claimtransition', 'claim_history', true), ('vanguard_idempotencykey', 'idempotency_keys', false),
    ('auditlog_logentry', 'audit_log', false),
    -- Of what a filing leaves behind beside the notice itself.
    ('intake_queue', 'queues', true), ('intake_triagerule', 'triage_rules', true), ('intake_triage', 'triage', true),
    ('intake_claimlink', 'claim_links', true), ('clocks_clockrule', 'clock_rules', true), ('clocks_holiday', 'holidays', true),
    ('clocks_clock', 'clocks', true), ('diary_diaryrule', 'diary_rules', true), ('diary_diaryentry', 'diary_entries', true),
    ('decisions_coveragecheck', 'coverage_checks', true), ('audit_record', 'audit_record', false);

-- With the same columns, indexes and checks, and the same rows.
DO $$
DECLARE twin record;
BEGIN
    FOR twin IN SELECT * FROM peer.twins LOOP
        EXECUTE format('CREATE TABLE peer.%I (LIKE %s INCLUDING ALL)', twin.peers, twin.ours);
        IF twin.filled THEN
            EXECUTE format('INSERT INTO peer.%I SELECT * FROM %s', twin.peers, twin.ours);
        END IF;
    END LOOP;
END $$;
ALTER TABLE peer.audit_log DROP COLUMN content_type_id, ADD COLUMN entity varchar(50) NOT NULL;
CREATE INDEX ON peer.audit_log (entity);
CREATE SEQUENCE peer.claim_numbers;
SELECT setval('peer.claim_numbers', count(*) + 1) FROM peer.claims;
CREATE TABLE peer.user_roles (user_id uuid NOT NULL REFERENCES peer.users, role_id integer NOT NULL REFERENCES peer.roles, PRIMARY KEY (user_id, role_id));
CREATE TABLE peer.role_permissions (role_id integer NOT NULL REFERENCES peer.roles, permission text NOT NULL, PRIMARY KEY (role_id, permission));
INSERT INTO peer.user_roles SELECT user_id, group_id FROM accounts_user_groups;
INSERT INTO peer.role_permissions
    SELECT held.group_id, kind.app_label || '.' || permission.codename
    FROM auth_group_permissions AS held
    JOIN auth_permission AS permission ON permission.id = held.permission_id
    JOIN django_content_type AS kind ON kind.id = permission.content_type_id;

-- The same references between these tables, checked at the commit like ours.
DO $$
DECLARE reference record;
BEGIN
    FOR reference IN
        SELECT here.peers AS here, there.peers AS there, pg_get_constraintdef(pg_constraint.oid) AS definition
        FROM pg_constraint
        JOIN peer.twins AS here ON here.ours = conrelid
        JOIN peer.twins AS there ON there.ours = confrelid
        WHERE contype = 'f'
    LOOP
        EXECUTE format('ALTER TABLE peer.%I ADD %s', reference.here,
            regexp_replace(reference.definition, 'REFERENCES [^(]+', format('REFERENCES peer.%I', reference.there)));
    END LOOP;
END $$;

-- The same functions of the database: what records changes, and what looks for claims near a loss behind the policy's lock.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['vanguard_record_rows', 'vanguard_record_row', 'intake_claims_near'] LOOP
        EXECUTE replace(replace(replace(replace(
            pg_get_functiondef(name::regproc), current_schema || '.' || name, 'peer.' || name),
            quote_literal(current_schema), quote_literal('peer')), 'policies_policy', 'peer.policies'), 'claims_claim', 'peer.claims');
    END LOOP;
END $$;

-- And the same triggers that record each change of these tables. Last, so that the rows from above are not recorded anew.
DO $$
DECLARE made record;
BEGIN
    FOR made IN
        SELECT peers, pg_get_triggerdef(pg_trigger.oid) AS definition FROM pg_trigger JOIN peer.twins ON ours = tgrelid WHERE tgname LIKE 'recorded\_%'
    LOOP
        EXECUTE replace(regexp_replace(made.definition, ' ON [^ ]+ ', format(' ON peer.%I ', made.peers)),
            'EXECUTE FUNCTION vanguard_', 'EXECUTE FUNCTION peer.vanguard_');
    END LOOP;
END $$;

-- For peers that leave the notice alone behind (BENCH_THIN_PEERS).
CREATE PROCEDURE peer.record_nothing() LANGUAGE plpgsql AS $$
DECLARE twin record;
BEGIN
    FOR twin IN SELECT peers FROM peer.twins JOIN pg_trigger ON tgrelid = ours WHERE tgname = 'recorded_insert' LOOP
        EXECUTE format('ALTER TABLE peer.%I DISABLE TRIGGER recorded_insert', twin.peers);
    END LOOP;
END $$;

-- Exact totals without counting, kept like ours on the same three tables; read when ours are kept so (PEER_TOTAL=counter).
CREATE TABLE peer.row_counts (
    table_name text NOT NULL, slot bigint GENERATED ALWAYS AS IDENTITY, number bigint NOT NULL, PRIMARY KEY (table_name, slot)
) WITH (fillfactor = 10);
INSERT INTO peer.row_counts (table_name, number) SELECT 'customers', count(*) FROM peer.customers;
INSERT INTO peer.row_counts (table_name, number) SELECT 'policies', count(*) FROM peer.policies;
INSERT INTO peer.row_counts (table_name, number) SELECT 'claims', count(*) FROM peer.claims;
CREATE FUNCTION peer.count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference bigint;
BEGIN
    SELECT CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END INTO difference FROM changed;
    UPDATE peer.row_counts SET number = number + difference WHERE table_name = TG_TABLE_NAME AND slot = (
        SELECT slot FROM peer.row_counts WHERE table_name = TG_TABLE_NAME LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO peer.row_counts (table_name, number) VALUES (TG_TABLE_NAME, difference);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER customers_added AFTER INSERT ON peer.customers
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER customers_gone AFTER DELETE ON peer.customers
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER policies_added AFTER INSERT ON peer.policies
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER policies_gone AFTER DELETE ON peer.policies
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER claims_added AFTER INSERT ON peer.claims
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER claims_gone AFTER DELETE ON peer.claims
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();

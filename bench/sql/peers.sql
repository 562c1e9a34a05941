-- The peers' tables: the same columns, indexes and checks as ours, under names of their own, in the schema `peer`, with the same records.
-- Nothing of ours is read or written by a peer, nor the other way round. Made anew by every run.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

CREATE TABLE peer.users (LIKE accounts_user INCLUDING ALL);
CREATE TABLE peer.token_families (LIKE accounts_tokenfamily INCLUDING ALL);
CREATE TABLE peer.roles (LIKE auth_group INCLUDING ALL);
CREATE TABLE peer.user_roles (user_id uuid NOT NULL REFERENCES peer.users, role_id integer NOT NULL REFERENCES peer.roles, PRIMARY KEY (user_id, role_id));
CREATE TABLE peer.role_permissions (role_id integer NOT NULL REFERENCES peer.roles, permission text NOT NULL, PRIMARY KEY (role_id, permission));
CREATE TABLE peer.customers (LIKE customers_customer INCLUDING ALL);
CREATE TABLE peer.policies (LIKE policies_policy INCLUDING ALL);
CREATE TABLE peer.claims (LIKE claims_claim INCLUDING ALL);
CREATE TABLE peer.claim_history (LIKE claims_claimtransition INCLUDING ALL);
CREATE SEQUENCE peer.claim_numbers;
CREATE TABLE peer.idempotency_keys (LIKE vanguard_idempotencykey INCLUDING ALL);
CREATE TABLE peer.audit_log (LIKE auditlog_logentry INCLUDING ALL);
ALTER TABLE peer.audit_log DROP COLUMN content_type_id, ADD COLUMN entity varchar(50) NOT NULL;
CREATE INDEX ON peer.audit_log (entity);

INSERT INTO peer.users SELECT * FROM accounts_user;
INSERT INTO peer.token_families SELECT * FROM accounts_tokenfamily;
INSERT INTO peer.roles SELECT * FROM auth_group;
INSERT INTO peer.user_roles SELECT user_id, group_id FROM accounts_user_groups;
INSERT INTO peer.role_permissions
    SELECT held.group_id, kind.app_label || '.' || permission.codename
    FROM auth_group_permissions AS held
    JOIN auth_permission AS permission ON permission.id = held.permission_id
    JOIN django_content_type AS kind ON kind.id = permission.content_type_id;
INSERT INTO peer.customers SELECT * FROM customers_customer;
INSERT INTO peer.policies SELECT * FROM policies_policy;
INSERT INTO peer.claims SELECT * FROM claims_claim;
SELECT setval('peer.claim_numbers', count(*) + 1) FROM peer.claims;
INSERT INTO peer.claim_history SELECT * FROM claims_claimtransition;

-- The same references, checked at the commit like ours.
ALTER TABLE peer.token_families ADD FOREIGN KEY (user_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE peer.policies ADD FOREIGN KEY (customer_id) REFERENCES peer.customers DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE peer.claims
    ADD FOREIGN KEY (policy_id) REFERENCES peer.policies DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY (assignee_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY (proposed_by_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE peer.claim_history
    ADD FOREIGN KEY (claim_id) REFERENCES peer.claims DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY (actor_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE peer.idempotency_keys ADD FOREIGN KEY (user_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE peer.audit_log ADD FOREIGN KEY (actor_id) REFERENCES peer.users DEFERRABLE INITIALLY DEFERRED;

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

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

-- An exact total without counting: rows of a counter, spread so that writers do not wait for each other. Kept on policies, whose total
-- W2 asks for; the peers read it when ours is kept by triggers too (PEER_TOTAL=counter).
CREATE TABLE peer.row_counts (shard smallint PRIMARY KEY, number bigint NOT NULL);
INSERT INTO peer.row_counts SELECT 0, count(*) FROM peer.policies;
CREATE FUNCTION peer.count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO peer.row_counts AS kept VALUES (
        mod(pg_backend_pid(), 16), (SELECT count(*) FROM changed) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    ) ON CONFLICT (shard) DO UPDATE SET number = kept.number + excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER policies_added AFTER INSERT ON peer.policies
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();
CREATE TRIGGER policies_gone AFTER DELETE ON peer.policies
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION peer.count_rows();

-- What W3 writes, with as few statements as peer B: the key, the policy locked, the number, the claim, its history, the audit entry, the answer.
\set i random(1, :policies)
BEGIN;
INSERT INTO peer.idempotency_keys (user_id, method, path, key, body_digest, status, headers, body, created_at)
    VALUES (:person::uuid, 'POST', '/api/claims', gen_random_uuid()::text, md5('x'), 0, '{}', '', now());
SELECT policy_number, start_date, end_date, cancelled_at FROM peer.policies
    WHERE id = (lpad(to_hex(:newest::bigint - :i::bigint * 45000), 12, '0') || '70008000' || lpad(to_hex(:i::bigint), 12, '0'))::uuid FOR NO KEY UPDATE;
SELECT nextval('peer.claim_numbers') AS last \gset
INSERT INTO peer.claims (id, created_at, updated_at, version, claim_number, claim_type, claim_amount, amount_is_minimum, status, stage, description,
    incident_date, reported_date, due_at, paid_amount, policy_id)
    VALUES (md5('FLOOR' || :last::text)::uuid, now(), now(), 1, 'FLOOR-' || :last::text, 'collision', 1234.56, false, 'pending', 'reported', 'Rear-end collision',
    now() - interval '1 hour', now(), now() + interval '15 days', 0,
    (lpad(to_hex(:newest::bigint - :i::bigint * 45000), 12, '0') || '70008000' || lpad(to_hex(:i::bigint), 12, '0'))::uuid);
INSERT INTO peer.claim_history (id, at, command, from_status, to_status, reason, correlation_id, stage, amount, basis, actor_id, claim_id)
    VALUES (gen_random_uuid(), now(), 'submit', '', 'pending', '', 'floor', 'reported', 1234.56, '', :person::uuid, md5('FLOOR' || :last::text)::uuid);
INSERT INTO peer.audit_log (object_pk, object_repr, action, changes, timestamp, remote_addr, cid, changes_text, actor_email, actor_id, entity)
    VALUES (md5('FLOOR' || :last::text), 'FLOOR-' || :last::text, 0, '{"status": ["None", "pending"]}', now(), '127.0.0.1', 'floor', '', 'x', :person::uuid, 'claim');
UPDATE peer.idempotency_keys SET status = 201, headers = '{}', body = repeat('x', 800)::bytea WHERE id = currval('peer.idempotency_keys_id_seq');
COMMIT;

-- What W3 asks and writes, with as few statements as peer B: the policy locked, the claims near the loss, the address and a number; then the
-- claim, its history, triage, clocks, diary entry, cover check, audit entry and the key with the answer. Triggers record eight of the rows.
\set i random(1, :policies)
BEGIN;
SELECT cover.*, set_config('vanguard.acting', :person::text, true) AS acting, peer.intake_claims_near(cover.id, now() - interval '25 hours', now() + interval '23 hours', 50) AS near,
    (SELECT address FROM peer.customers WHERE id = cover.customer_id) AS address, nextval('peer.claim_numbers') AS last
FROM (
    SELECT id, policy_number, start_date, end_date, cancelled_at, customer_id FROM peer.policies
    WHERE id = (lpad(to_hex(:newest::bigint - :i::bigint * 45000), 12, '0') || '70008000' || lpad(to_hex(:i::bigint), 12, '0'))::uuid FOR NO KEY UPDATE
) AS cover \gset
WITH filed AS (
    INSERT INTO peer.claims (id, created_at, updated_at, version, claim_number, claim_type, claim_amount, amount_is_minimum, status, stage, description,
        incident_date, reported_date, due_at, paid_amount, policy_id, jurisdiction)
    VALUES (md5('FLOOR' || :last::text)::uuid, now(), now(), 1, 'FLOOR-' || :last::text, 'collision ' || :last::text, 1234.56, false, 'pending', 'triaged',
        'Rear-end collision', now() - interval '1 hour', now(), now() + interval '15 days', 0,
        (lpad(to_hex(:newest::bigint - :i::bigint * 45000), 12, '0') || '70008000' || lpad(to_hex(:i::bigint), 12, '0'))::uuid, 'US-CA')
), stepped AS (
    INSERT INTO peer.claim_history (id, at, command, from_status, to_status, reason, correlation_id, stage, amount, basis, actor_id, claim_id)
    VALUES (gen_random_uuid(), now(), 'submit', '', 'pending', '', 'floor', 'triaged', 1234.56, '', :person::uuid, md5('FLOOR' || :last::text)::uuid)
), sorted AS (
    INSERT INTO peer.triage (claim_id, severity, queue_id, rule_id, at)
    SELECT md5('FLOOR' || :last::text)::uuid, severity, queue_id, id, now() FROM peer.triage_rules ORDER BY position DESC LIMIT 1
), started AS (
    INSERT INTO peer.clocks (id, claim_id, rule_id, kind, days, since, started_at, due_at, ended_by, met, extension_reason)
    SELECT gen_random_uuid(), md5('FLOOR' || :last::text)::uuid, id, kind, days, starts, now(), now() + interval '15 days', '', false, ''
    FROM peer.clock_rules WHERE starts = 'report' AND jurisdiction = 'US-CA'
), noted AS (
    INSERT INTO peer.diary_entries (id, created_at, updated_at, version, claim_id, due_on, what, ending, outcome)
    VALUES (gen_random_uuid(), now(), now(), 1, md5('FLOOR' || :last::text)::uuid, current_date + 2, 'Make first contact with the insured', '', '')
), checked AS (
    INSERT INTO peer.coverage_checks (id, claim_id, step, actor_id, made_at, incident_date, policy_version, starts_at, ends_at, in_force, "limit", deductible, coverage, coverage_name)
    VALUES (gen_random_uuid(), md5('FLOOR' || :last::text)::uuid, 'submit', :person::uuid, now(), now(), 1, now(), now(), true, 1, 1, '', '')
), told AS (
    INSERT INTO peer.audit_log (object_pk, object_repr, action, changes, timestamp, remote_addr, cid, changes_text, actor_email, actor_id, entity)
    VALUES (md5('FLOOR' || :last::text), 'FLOOR-' || :last::text, 0, '{"status": ["None", "pending"]}', now(), '127.0.0.1', 'floor', '', 'x', :person::uuid, 'claim')
)
INSERT INTO peer.idempotency_keys (user_id, method, path, key, body_digest, status, headers, body, created_at)
    VALUES (:person::uuid, 'POST', '/api/claims', gen_random_uuid()::text, md5('x'), 201, '{}', repeat('x', 800)::bytea, now());
COMMIT;

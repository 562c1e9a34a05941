-- Of each fiftieth of the claims number `first` to `last` the notice that it was before: most were filed, some discarded, and of the newest
-- 10,000 some wait.
WITH told AS (
    SELECT claim.*, policy.policy_number, right(claim.claim_number, 7)::int AS number
    FROM claims_claim AS claim
    JOIN policies_policy AS policy ON policy.id = claim.policy_id
    WHERE claim.claim_number BETWEEN 'CLM-2025-' || lpad(%(first)s::text, 7, '0') AND 'CLM-2025-' || lpad(%(last)s::text, 7, '0')
), noted AS (
    SELECT
        *,
        CASE WHEN mod(number, 100) = 50 AND number <= 10000 THEN 'open' WHEN mod(number, 250) = 0 THEN 'discarded' ELSE 'filed' END AS noted
    FROM told
    WHERE mod(number, 50) = 0
)
INSERT INTO intake_noticedraft
    (id, created_at, updated_at, version, policy_id, policy_told, caller_name, caller_phone, claim_type, claim_amount, incident_date,
     reported_date, description, status, claim_id, taken_by_id, settled_by_id, settled_at, settled_because)
SELECT
    gen_random_uuid(), created_at, created_at, 1, CASE WHEN noted = 'filed' THEN policy_id END, policy_number,
    (%(callers)s::bytea[])[1 + mod(number / 50, 3)], (%(phones)s::bytea[])[1 + mod(number / 50, 5)], claim_type, claim_amount,
    incident_date, reported_date, description, noted, CASE WHEN noted = 'filed' THEN id END, assignee_id,
    CASE WHEN noted <> 'open' THEN assignee_id END, CASE WHEN noted <> 'open' THEN created_at END,
    CASE WHEN noted = 'discarded' THEN 'The caller has no policy with us.' ELSE '' END
FROM noted

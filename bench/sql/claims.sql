-- Claims number `first` to `last`, with their first history rows. The newest 2,000 are open, and one in forty of the others; the rest is
-- closed, four in five of it paid.
WITH numbered AS (
    SELECT
        i,
        to_timestamp((%(newest)s - i * %(step)s) / 1000.0) AS at,
        (lpad(to_hex(%(newest)s - i * %(step)s), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid AS id,
        1 + mod(i * 7, %(policies)s) AS policy,
        (250 + mod(i * 7919, 2400000) / 100.0)::numeric(15, 2) AS amount,
        CASE
            WHEN i > 2000 AND mod(i, 40) <> 0 THEN CASE WHEN mod(i, 5) = 0 THEN 'denied' ELSE 'paid' END
            WHEN mod(i / 40, 20) < 6 THEN 'reported'
            WHEN mod(i / 40, 20) < 9 THEN 'assigned'
            WHEN mod(i / 40, 20) < 13 THEN 'coverage_check'
            WHEN mod(i / 40, 20) < 16 THEN 'evaluation'
            WHEN mod(i / 40, 20) < 17 THEN 'awaiting_approval'
            ELSE 'payment_pending'
        END AS stage,
        (%(adjusters)s::uuid[])[1 + mod(i, cardinality(%(adjusters)s::uuid[]))] AS adjuster
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
), made AS (
    INSERT INTO claims_claim
        (id, created_at, updated_at, version, claim_number, claim_type, claim_amount, amount_is_minimum, status, stage, description,
         incident_date, reported_date, processed_date, closed_at, reopened_at, due_at, approved_amount, proposed_amount, paid_amount,
         assignee_id, policy_id, proposed_by_id)
    SELECT
        id, at, at, 1,
        'CLM-2025-' || lpad(i::text, 7, '0'),
        (ARRAY['dwelling', 'water_damage', 'fire', 'wind', 'hail', 'theft', 'liability', 'collision', 'property_damage', 'glass'])[1 + mod(i, 10)],
        amount, false,
        CASE
            WHEN stage IN ('reported', 'assigned') THEN 'pending'
            WHEN stage IN ('paid', 'payment_pending') THEN 'approved'
            WHEN stage = 'denied' THEN 'denied'
            ELSE 'processing'
        END,
        stage,
        'Loss number ' || i || ': water came through the ceiling of the kitchen after the storm, and the floor has to be replaced.',
        at - (1 + mod(i, 14)) * interval '1 day',
        at,
        CASE WHEN stage IN ('paid', 'payment_pending', 'denied') THEN LEAST(at + interval '20 days', now()) END,
        CASE WHEN stage IN ('paid', 'denied') THEN LEAST(at + interval '25 days', now()) END,
        NULL,
        CASE
            WHEN stage IN ('reported', 'assigned') THEN at + interval '15 days'
            WHEN stage = 'payment_pending' THEN at + interval '50 days'
            WHEN stage NOT IN ('paid', 'denied') THEN at + interval '40 days'
        END,
        CASE WHEN stage IN ('paid', 'payment_pending') THEN amount END,
        CASE WHEN stage = 'awaiting_approval' THEN amount END,
        CASE WHEN stage = 'paid' THEN amount ELSE 0 END,
        CASE WHEN stage <> 'reported' THEN adjuster END,
        (lpad(to_hex(%(newest)s - policy * 45000), 12, '0') || '70008000' || lpad(to_hex(policy), 12, '0'))::uuid,
        CASE WHEN stage = 'awaiting_approval' THEN adjuster END
    FROM numbered
)
INSERT INTO claims_claimtransition
    (id, at, command, from_status, to_status, reason, correlation_id, stage, amount, basis, actor_id, claim_id)
SELECT id, at, 'submit', '', 'pending', '', '', 'reported', amount, '', adjuster, id FROM numbered

-- The clocks of claims number `first` to `last`, by the company's own rules: one runs on each open claim, as its due date says; on each
-- closed one the decision's was kept, and where it was paid the payment's. And where the open claims wait.
WITH told AS (
    SELECT id, reported_date, due_at, processed_date, closed_at, stage, status, right(claim_number, 7)::int AS number
    FROM claims_claim
    WHERE claim_number BETWEEN 'CLM-2025-' || lpad(%(first)s::text, 7, '0') AND 'CLM-2025-' || lpad(%(last)s::text, 7, '0')
), ran AS (
    INSERT INTO clocks_clock
        (id, claim_id, rule_id, kind, days, since, started_at, due_at, ended_at, ended_by, met, extended_at, extended_from, extended_by_id,
         extension_reason)
    SELECT
        gen_random_uuid(), told.id, rule.id, rule.kind, rule.days, rule.starts, clock.started_at, clock.due_at, clock.ended_at,
        CASE WHEN clock.ended_at IS NULL THEN '' ELSE rule.stops END, clock.ended_at IS NOT NULL, NULL, NULL, NULL, ''
    FROM told
    CROSS JOIN LATERAL (
        VALUES
            (CASE WHEN stage IN ('reported', 'assigned') THEN 'acknowledge' WHEN stage = 'payment_pending' THEN 'pay' ELSE 'decide' END,
             coalesce(processed_date, reported_date), due_at, NULL::timestamptz, closed_at IS NULL),
            ('decide', reported_date, reported_date + interval '40 days', processed_date, closed_at IS NOT NULL),
            ('pay', processed_date, processed_date + interval '30 days', closed_at, stage = 'paid')
    ) AS clock (kind, started_at, due_at, ended_at, ran)
    JOIN clocks_clockrule AS rule ON rule.kind = clock.kind AND rule.jurisdiction = ''
    WHERE clock.ran
)
INSERT INTO intake_triage (claim_id, severity, queue_id, role_id, rule_id, at)
SELECT
    id, (ARRAY['low', 'medium', 'high'])[1 + mod(number, 3)],
    (SELECT queue.id FROM intake_queue AS queue ORDER BY queue.name OFFSET mod(number, (SELECT count(*) FROM intake_queue)) LIMIT 1),
    NULL, NULL, reported_date
FROM told
WHERE closed_at IS NULL

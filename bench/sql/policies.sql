-- Policies number `first` to `last`: a year of cover each. Three in ten began so early that they have expired, one in twenty is cancelled.
INSERT INTO policies_policy
    (id, created_at, updated_at, version, policy_number, policy_type, premium_amount, coverage_amount, deductible_amount,
     start_date, end_date, status, cancelled_at, cancellation_reason, customer_id)
SELECT
    (lpad(to_hex(%(newest)s - i * %(step)s), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
    at,
    at,
    1,
    'POL-2025-' || lpad(i::text, 7, '0'),
    (ARRAY['homeowners', 'auto', 'renters', 'flood'])[1 + mod(i, 4)],
    400 + mod(i, 5000) * 0.37,
    25000 + mod(i, 900) * 1000,
    (ARRAY[500, 1000, 2500])[1 + mod(i, 3)],
    start_date,
    start_date + interval '365 days',
    CASE WHEN cancelled THEN 'cancelled' WHEN start_date + interval '365 days' <= now() THEN 'expired' ELSE 'active' END,
    CASE WHEN cancelled THEN start_date + interval '30 days' END,
    CASE WHEN cancelled THEN 'insured_request' ELSE '' END,
    (lpad(to_hex(%(newest)s - owner * 90000), 12, '0') || '70008000' || lpad(to_hex(owner), 12, '0'))::uuid
FROM (
    SELECT
        i,
        to_timestamp((%(newest)s - i * %(step)s) / 1000.0) AS at,
        date_trunc('day', to_timestamp((%(newest)s - i * %(step)s) / 1000.0)) - mod(i, 10) * interval '60 days' AS start_date,
        mod(i, 20) = 19 AS cancelled,
        1 + mod(i, %(customers)s) AS owner
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
) AS numbered

-- The one version of policies number `first` to `last`, and its segments: in force to the end, or to the cancellation.
WITH booked AS (
    INSERT INTO policies_policyversion
        (id, policy_id, number, kind, effective_at, booked_at, changes, through, method, penalty_share, premium_change, written_premium,
         reason, correlation_id)
    SELECT
        gen_random_uuid(), id, 1, 'new_business', start_date, created_at,
        jsonb_build_object(
            'policy_type', policy_type,
            'premium_amount', premium_amount::text,
            'coverage_amount', coverage_amount::text,
            'deductible_amount', deductible_amount::text,
            'start_date', to_char(start_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'end_date', to_char(end_date AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        ),
        '[]', '', 0, premium_amount, premium_amount, '', ''
    FROM policies_policy
    WHERE policy_number BETWEEN 'POL-2025-' || lpad(%(first)s::text, 7, '0') AND 'POL-2025-' || lpad(%(last)s::text, 7, '0')
    RETURNING id, policy_id
)
INSERT INTO policies_policysegment
    (id, version_id, starts_at, ends_at, days, policy_type, term_premium, coverage_amount, deductible_amount, in_force, premium)
SELECT
    gen_random_uuid(), booked.id, stretch.starts_at, stretch.ends_at, extract(day FROM stretch.ends_at - stretch.starts_at),
    policy_type, premium_amount, coverage_amount, deductible_amount, stretch.in_force, stretch.premium
FROM booked
JOIN policies_policy AS policy ON policy.id = booked.policy_id
CROSS JOIN LATERAL (
    VALUES
        (policy.start_date, coalesce(policy.cancelled_at, policy.end_date), true, policy.premium_amount),
        (policy.cancelled_at, policy.end_date, false, 0)
) AS stretch (starts_at, ends_at, in_force, premium)
WHERE stretch.starts_at IS NOT NULL

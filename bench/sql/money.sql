-- The money of claims number `first` to `last`: one payment of each that was paid, as a book that is taken over has it, and a reserve on
-- each open one.
WITH told AS (
    SELECT id, reported_date, closed_at, claim_amount, paid_amount, gen_random_uuid() AS payment_id
    FROM claims_claim
    WHERE claim_number BETWEEN 'CLM-2025-' || lpad(%(first)s::text, 7, '0') AND 'CLM-2025-' || lpad(%(last)s::text, 7, '0')
), paid AS (
    INSERT INTO claims_claimpayment
        (id, claim_id, amount, paid_at, created_at, status, coverage, cost_type, payee, requested_by_id, approved_by_id, basis, waits_for,
         seal, reverses_id)
    SELECT
        payment_id, id, paid_amount, closed_at, closed_at, 'cleared', '', 'indemnity', 'The insured', NULL, NULL, '', '', '', NULL
    FROM told
    WHERE paid_amount > 0
)
INSERT INTO claims_ledgerentry
    (id, claim_id, coverage, cost_type, kind, source, outstanding, paid, recovered, payment_id, refers_to_id, effective_at, booked_at,
     actor_id, reason, correlation_id)
SELECT
    gen_random_uuid(), id, '', 'indemnity', CASE WHEN paid_amount > 0 THEN 'payment' ELSE 'reserve' END, '',
    CASE WHEN paid_amount > 0 THEN 0 ELSE claim_amount END, paid_amount, 0, CASE WHEN paid_amount > 0 THEN payment_id END, NULL,
    coalesce(closed_at, reported_date), coalesce(closed_at, reported_date), NULL, '', ''
FROM told
WHERE paid_amount > 0 OR closed_at IS NULL

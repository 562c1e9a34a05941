-- The claimants of claims number `first` to `last`: on every claim for liability and on one in twenty of the others somebody beside the
-- insured, who is a customer; on one in five of these a second.
INSERT INTO parties_claimant
    (id, claim_id, customer_id, kind, claims_for, name_hash, email_hash, phone_hash, added_by_id, added_at, ended_because)
SELECT
    gen_random_uuid(), claim.id, customer.id, 'person', CASE WHEN claim.claim_type = 'liability' THEN 'bodily_injury' ELSE 'property_damage' END,
    '', '', '', claim.assignee_id, claim.reported_date, ''
FROM
    (
        SELECT id, claim_type, assignee_id, reported_date, right(claim_number, 7)::bigint AS i
        FROM claims_claim
        WHERE claim_number BETWEEN 'CLM-2025-' || lpad(%(first)s::text, 7, '0') AND 'CLM-2025-' || lpad(%(last)s::text, 7, '0')
    ) AS claim
CROSS JOIN generate_series(0, 1) AS place
JOIN customers_customer AS customer ON customer.email = 'insured' || 1 + mod(claim.i * 31 + place * 17, %(customers)s) || '@example.com'
WHERE (claim.claim_type = 'liability' OR mod(claim.i, 20) = 0) AND (place = 0 OR mod(claim.i, 5) = 0)

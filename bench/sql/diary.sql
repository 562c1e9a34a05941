-- The next action of each open claim between the numbers `first` and `last`, for its owner; the youngest are due first.
INSERT INTO diary_diaryentry
    (id, created_at, updated_at, version, claim_id, owner_id, due_on, what, made_by_id, ending, done_at, done_by_id, outcome)
SELECT
    gen_random_uuid(), created_at, created_at, 1, id, assignee_id,
    current_date + mod(right(claim_number, 7)::int, 21) - 4,
    'Look at the claim, and say what comes next', NULL, '', NULL, NULL, ''
FROM claims_claim
WHERE closed_at IS NULL AND claim_number BETWEEN 'CLM-2025-' || lpad(%(first)s::text, 7, '0') AND 'CLM-2025-' || lpad(%(last)s::text, 7, '0')

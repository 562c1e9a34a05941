"""What must hold of accounts: what is owed is what was booked, and what is collected is what is owed."""

from vanguard.books import Invariant, keep, query

ROOM = "Billing"
ACCOUNT = "billing.billingaccount"
PREMIUM = "('premium_charge', 'endorsement_charge', 'endorsement_credit', 'cancellation_credit')"
CHARGES = "('premium_charge', 'endorsement_charge', 'fee')"

# A policy that was taken over is billed from the first change that was booked here.
OWED = f"""
    SELECT a.id, p.policy_number, e.premium, SUM(v.premium_change)
    FROM billing_billingaccount a
    JOIN policies_policy p ON p.id = a.policy_id
    JOIN (
        SELECT account_id, SUM(amount) AS premium, MIN(policy_version) AS first FROM billing_ledgerentry
        WHERE kind IN {PREMIUM} GROUP BY account_id
    ) e ON e.account_id = a.id
    JOIN policies_policyversion v ON v.policy_id = p.id AND v.number >= e.first
    GROUP BY a.id, p.policy_number, e.premium
    HAVING ABS(e.premium - SUM(v.premium_change)) >= 0.005
"""  # noqa: S608  # names of ours, here and below
SCHEDULE = """
    SELECT a.id, p.policy_number, l.laid, e.amount
    FROM billing_ledgerentry e
    JOIN billing_billingaccount a ON a.id = e.account_id
    JOIN policies_policy p ON p.id = a.policy_id
    LEFT JOIN (SELECT entry_id, SUM(amount) AS laid FROM billing_invoiceline GROUP BY entry_id) l ON l.entry_id = e.id
    WHERE e.kind = 'premium_charge' AND e.policy_version = 1 AND ABS(COALESCE(l.laid, 0) - e.amount) >= 0.005
"""
INVOICES = """
    SELECT i.account_id, i.invoice_number, i.amount, l.amount
    FROM billing_invoice i
    LEFT JOIN (SELECT invoice_id, SUM(amount) AS amount FROM billing_invoiceline GROUP BY invoice_id) l ON l.invoice_id = i.id
    WHERE ABS(i.amount - COALESCE(l.amount, 0)) >= 0.005
"""
_SUMS = """
    FROM billing_billingaccount a
    JOIN policies_policy p ON p.id = a.policy_id
    LEFT JOIN (SELECT account_id, SUM(amount) AS booked{more} FROM billing_ledgerentry e GROUP BY account_id) e ON e.account_id = a.id
    LEFT JOIN (SELECT account_id, SUM(amount - paid_amount) AS due, SUM(paid_amount) AS paid FROM billing_invoice GROUP BY account_id) i
        ON i.account_id = a.id
"""
BALANCE = f"""
    SELECT a.id, p.policy_number, COALESCE(e.booked, 0), COALESCE(i.due, 0) - a.credit {_SUMS.format(more="")}
    WHERE ABS(COALESCE(e.booked, 0) - COALESCE(i.due, 0) + a.credit) >= 0.005
"""
# A fee that was reversed is no money that came in.
_IN = f"""
    , SUM(CASE WHEN kind IN {CHARGES} OR kind = 'reversal' AND refers_to_id IN (SELECT id FROM billing_ledgerentry WHERE kind = 'fee')
          THEN 0 ELSE -amount END) AS came
"""  # noqa: S608
ALLOCATED = f"""
    SELECT a.id, p.policy_number, COALESCE(i.paid, 0) + a.credit, COALESCE(e.came, 0) {_SUMS.format(more=_IN)}
    WHERE COALESCE(i.paid, 0) + a.credit - COALESCE(e.came, 0) >= 0.005
"""
PAYMENTS = """
    SELECT a.id, p.policy_number, m.amount, -e.amount, m.refunded_amount, r.refunded
    FROM billing_payment m
    JOIN billing_billingaccount a ON a.id = m.account_id
    JOIN policies_policy p ON p.id = a.policy_id
    JOIN billing_ledgerentry e ON e.id = m.entry_id
    LEFT JOIN (
        SELECT f.refers_to_id, SUM(f.amount + COALESCE(b.amount, 0)) AS refunded
        FROM billing_ledgerentry f LEFT JOIN billing_ledgerentry b ON b.refers_to_id = f.id AND b.kind = 'reversal'
        WHERE f.kind = 'refund' GROUP BY f.refers_to_id
    ) r ON r.refers_to_id = e.id
    WHERE ABS(m.amount + e.amount) >= 0.005 OR ABS(m.refunded_amount - COALESCE(r.refunded, 0)) >= 0.005
"""
LAPSES = """
    SELECT p.id, p.policy_number
    FROM policies_policy p
    LEFT JOIN billing_billingaccount a ON a.policy_id = p.id
    LEFT JOIN billing_notice n ON n.account_id = a.id AND n.paid_at IS NULL AND n.lapsed_at IS NULL
    LEFT JOIN policies_policy b ON b.id = p.renews_id AND b.lapses_at < b.end_date
    WHERE (p.lapses_at IS NULL) <> (COALESCE(b.lapses_at, n.lapses_at) IS NULL) OR p.lapses_at <> COALESCE(b.lapses_at, n.lapses_at)
"""

keep(
    Invariant(
        "billing_lapses",
        ROOM,
        "A policy ends unpaid when the notice that stands says so, or the one on the term that it renews, and only where one stands.",
        query("policies.policy", LAPSES, "The policy says otherwise than the notice when cover ends."),
    ),
    Invariant(
        "billing_premium",
        ROOM,
        "The premium that was charged and credited is the premium that was booked on the policy.",
        query(ACCOUNT, OWED, "{0} was charged, {1} was booked."),
    ),
    Invariant(
        "billing_schedule",
        ROOM,
        "The instalments of a term add up to its premium.",
        query(ACCOUNT, SCHEDULE, "The instalments come to {0}, the premium is {1}."),
    ),
    Invariant(
        "billing_invoices", ROOM, "An invoice is the sum of its lines.", query(ACCOUNT, INVOICES, "{0} is invoiced, its lines come to {1}.")
    ),
    Invariant(
        "billing_balance",
        ROOM,
        "The entries of an account add up to what is open on its invoices less its credit.",
        query(ACCOUNT, BALANCE, "The entries come to {0}, open less credit to {1}."),
    ),
    Invariant(
        "billing_allocations",
        ROOM,
        "What invoices were paid with, and the credit, never exceed the money and credits that came in.",
        query(ACCOUNT, ALLOCATED, "{0} is allocated, {1} came in."),
    ),
    Invariant(
        "billing_payments",
        ROOM,
        "A payment is what was booked of it, and refunds are what was booked of them.",
        query(ACCOUNT, PAYMENTS, "{0} was received and {1} booked; {2} is refunded and {3} booked."),
    ),
)

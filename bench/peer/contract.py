"""What the platform's answers hold, copied by hand: a test holds these lists against the platform's schemas.

Imports nothing, so that the test can read it without the peers' packages.
"""

POLICY_FIELDS = (
    "id",
    "policy_number",
    "customer_id",
    "policy_type",
    "premium_amount",
    "coverage_amount",
    "deductible_amount",
    "covers",
    "start_date",
    "end_date",
    "status",
    "cancelled_at",
    "cancellation_reason",
    "lapses_at",
    "renews_id",
    "time_zone",
    "created_at",
    "updated_at",
)
CLAIM_FIELDS = (
    "id",
    "claim_number",
    "policy_id",
    "claim_type",
    "claim_amount",
    "status",
    "stage",
    "description",
    "incident_date",
    "reported_date",
    "processed_date",
    "closed_at",
    "due_at",
    "assignee_id",
    "proposed_amount",
    "approved_amount",
    "paid_amount",
    "depreciation",
    "appealed_at",
    "jurisdiction",
    "created_at",
    "updated_at",
)
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), "
    "usb=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
ISSUER, AUDIENCE = "vanguardai", "vanguardai-api"
TOKEN_CLAIMS = ["exp", "iat", "iss", "aud", "sub", "jti", "sid", "tv", "type"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
CORS_ORIGINS = ["https://app.vanguardai.com"]
EARLIEST_YEAR, LATEST_YEAR = 1900, 9999
ACKNOWLEDGE_DAYS = 15
# How often the key of an address is stretched, and the states that an address may end in.
KEY_ITERATIONS = 600_000
STATES = (
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA"),
    *("MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX"),
    *("UT", "VT", "VA", "WA", "WV", "WI", "WY"),
)

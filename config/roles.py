"""Which role may do what: Django groups and Django permissions, brought up to date after every `migrate`.

All staff roles read all customers, policies and claims, with PII masked. The policyholder's scope comes from the customer
record that the log-in is tied to, so that role holds no permission to view anything at large.
"""

READ = (
    "customers.view_customer",
    "policies.view_policy",
    "policies.view_policytransition",
    "policies.view_policyversion",
    "products.view_product",
    "products.view_productversion",
    "products.view_coverage",
    "products.view_ratingfactor",
    "quotes.view_quote",
    "quotes.view_quotetransition",
    "quotes.view_underwritingrule",
    "billing.view_billingaccount",
    "billing.view_invoice",
    "billing.view_ledgerentry",
    "billing.view_notice",
    "billing.view_payment",
    "claims.view_claim",
    "claims.view_claimtransition",
    "claims.view_claimnote",
    "claims.view_claimdocument",
    "claims.view_claimpayment",
    "claims.view_reports",
)

HANDLE_CLAIMS = (
    "claims.add_claim",
    "claims.change_claim",
    "claims.delete_claim",
    "claims.assign_claim",
    "claims.start_claim",
    "claims.approve_claim",
    "claims.deny_claim",
    "claims.close_claim",
    "claims.add_claimnote",
    "claims.add_claimdocument",
)

ROLES: dict[str, tuple[str, ...]] = {
    "Adjuster": (*READ, *HANDLE_CLAIMS),
    "Supervisor": (
        *READ,
        *HANDLE_CLAIMS,
        "claims.reassign_claim",
        "claims.reopen_claim",
        "claims.handle_any_claim",
        "customers.lookup_ssn",
    ),
    "Underwriter": (
        *READ,
        "customers.add_customer",
        "customers.change_customer",
        "customers.delete_customer",
        "customers.lookup_ssn",
        "policies.add_policy",
        "policies.change_policy",
        "policies.delete_policy",
        "policies.cancel_policy",
        "policies.endorse_policy",
        "policies.reinstate_policy",
        "policies.renew_policy",
        "policies.approve_endorsement",
        "products.change_productversion",
        "quotes.add_quote",
        "quotes.price_quote",
        "quotes.approve_quote",
        "quotes.decline_quote",
        "quotes.bind_quote",
        "billing.change_plan",
    ),
    "Finance": (
        *READ,
        "billing.change_plan",
        "billing.receive_payment",
        "billing.reverse_payment",
        "billing.refund_payment",
        "billing.charge_fee",
        "billing.writeoff_balance",
        "billing.view_providerevent",
    ),
    "Compliance": (*READ, "auditlog.view_logentry", "customers.lookup_ssn"),
    "Policyholder": (),
}

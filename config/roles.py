"""Which role may do what: Django groups and Django permissions, brought up to date after every `migrate`.

All staff roles read all customers, policies and claims, with PII masked. The policyholder's scope comes from the customer
record that the log-in is tied to, so that role holds no permission to view anything at large.
"""

READ = (
    "customers.view_customer",
    "customers.view_contactentry",
    "policies.view_policy",
    "policies.view_policytransition",
    "policies.view_policyversion",
    "papers.view_policydocument",
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
    "customers.add_contactentry",
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
        "customers.merge_customer",
    ),
    "Underwriter": (
        *READ,
        "customers.add_contactentry",
        "customers.merge_customer",
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
        "papers.add_policydocument",
    ),
    "Finance": (*READ, "customers.add_contactentry"),
    "Compliance": (*READ, "auditlog.view_logentry", "customers.lookup_ssn"),
    "Policyholder": (),
}

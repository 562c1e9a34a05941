from typing import Any

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """People and organisations: policyholders, insured, claimants."""

    name = "customers"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from customers import handlers  # noqa: F401  # subscribes on import
        from customers.profile import linked_customer
        from customers.readiness import check_erasures
        from customers.services import erase_due, ledger
        from customers.services.digests import outdated_digests, rotate_digests
        from vanguard import confinement
        from vanguard.accounts.profile import add_part
        from vanguard.encryption.owned import keyring
        from vanguard.observability import health
        from vanguard.retention import add_job
        from vanguard.rotation import Part
        from vanguard.rotation import add_part as add_rotated

        add_part("customer", linked_customer)
        health.require("erasures", check_erasures)
        add_job("erasures that were due", erase_due)
        add_job("erasures added to the ledger", ledger.complete)
        keys: Any = self.get_model("DataKey")._default_manager
        keyring.add_source("customers", lambda owners: keys.filter(pk__in=list(owners)), first=True)
        add_rotated(Part("digests of customers", outdated_digests, rotate_digests))
        customer: Any = self.get_model("Customer")
        confinement.owned(customer, by="user")
        confinement.owned(self.get_model("DataKey"), by="customer")
        left_out = ["updated_at", "version", "ssn_hash", "identity_hash", "phone_hash"]
        auditlog.register(customer, mask_fields=[*customer.PERSONAL, "email", "first_name", "last_name"], exclude_fields=left_out)
        auditlog.register(self.get_model("ContactEntry"), mask_fields=["text"])
        auditlog.register(self.get_model("CustomerMerge"), exclude_fields=["reason", "replaced"])
        for name in ("LegalHold", "Erasure", "Reveal", "CustomerExport"):
            auditlog.register(self.get_model(name), exclude_fields=["reason", "lifted_reason", "file"])
        auditlog.register(self.get_model("BreakGlass"))

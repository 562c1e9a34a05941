from typing import Any

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """People and organisations: policyholders, insured, claimants."""

    name = "customers"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from customers import handlers  # noqa: F401  # subscribes on import
        from customers.profile import linked_customer
        from customers.services.digests import outdated_digests, rotate_digests
        from vanguard.accounts.profile import add_part
        from vanguard.rotation import Part
        from vanguard.rotation import add_part as add_rotated

        add_part("customer", linked_customer)
        add_rotated(Part("digests of customers", outdated_digests, rotate_digests))
        customer: Any = self.get_model("Customer")
        left_out = ["updated_at", "version", "ssn_hash", "identity_hash", "phone_hash"]
        auditlog.register(customer, mask_fields=customer.PERSONAL, exclude_fields=left_out)
        auditlog.register(self.get_model("ContactEntry"), mask_fields=["text"])
        auditlog.register(self.get_model("CustomerMerge"), exclude_fields=["reason", "replaced"])

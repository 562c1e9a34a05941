"""The customer: who holds policies, is insured, claims, or is paid."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact

from vanguard.accounts.models import User
from vanguard.encryption.fields import EncryptedDateField, EncryptedTextField
from vanguard.models import DomainModel
from vanguard.text import search_words

MASK = "••••"


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> "CustomerQuerySet":
        """All customers for who may view them at large; for a policyholder the own record; nothing for others."""
        return self if user.has_perm("customers.view_customer") else self.filter(user=user)

    def matching(self, words: str) -> "CustomerQuerySet":
        """Those whose names or e-mail address begin with each of the words; see search_words for how many count."""
        rows = self
        for word in search_words(words):
            rows = rows.filter(Q(last_name__istartswith=word) | Q(first_name__istartswith=word) | Q(email__istartswith=word))
        return rows


class Customer(DomainModel):
    """Personal data (`PERSONAL`) is ciphertext in the database; show the `masked_…` forms unless the reader may see it."""

    is_counted: ClassVar[bool] = True
    PERSONAL: ClassVar[list[str]] = ["phone", "date_of_birth", "ssn", "address"]

    email = models.EmailField("e-mail", max_length=255)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    phone = EncryptedTextField(blank=True)
    date_of_birth = EncryptedDateField(null=True, blank=True)
    ssn = EncryptedTextField("SSN", blank=True)
    ssn_hash = models.CharField("SSN digest", max_length=64, blank=True, db_index=True, editable=False)
    address = EncryptedTextField(blank=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customer")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = [
            ("lookup_ssn", "Can look a customer up by SSN"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="customer_email_once", violation_error_message="Another customer has this e-mail address."
            ),
            models.CheckConstraint(condition=Q(ssn_hash="") | Q(Exact(Length("ssn_hash"), 64)), name="customer_ssn_hash_is_digest"),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="customer_by_creation"),
            models.Index(fields=["last_name", "first_name", "id"], name="customer_by_name"),
            models.Index(fields=["email", "id"], name="customer_by_email"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def masked_phone(self) -> str:
        """The last four digits, as people recognise a number by."""
        return f"{MASK} {self.phone[-4:]}" if len(self.phone) > 6 else MASK if self.phone else ""

    @property
    def masked_date_of_birth(self) -> str:
        return MASK if isinstance(self.date_of_birth, datetime.date) else ""

    @property
    def masked_address(self) -> str:
        return MASK if self.address else ""

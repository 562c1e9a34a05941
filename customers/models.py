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
from vanguard.querysets import few
from vanguard.text import search_words

MASK = "••••"
NAMES = ("last_name", "first_name", "email")
# People whose policies and claims are looked up one by one; with more of them it is quicker to go along the list and look who it is.
FEW = 2_000
# People by one first name or e-mail's beginning, with whom joining all of them takes longer than going along the list.
DENSE = 50_000


def named(words: str, path: str = "") -> Q:
    """Names or e-mail begin with each of the words. `path` leads to the customer from where it is asked ("policy__customer__")."""
    condition = Q()
    for word in search_words(words):
        begins = Q()
        for field in NAMES:
            begins |= Q(**{f"{path}{field}__istartswith": word})
        condition &= begins
    return condition


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> "CustomerQuerySet":
        """All customers for who may view them at large; for a policyholder the own record; nothing for others."""
        return self if user.has_perm("customers.view_customer") else self.filter(user=user)

    def matching(self, words: str) -> "CustomerQuerySet":
        """Those whose names or e-mail address begin with each of the words; see search_words for how many count."""
        return self.filter(named(words))

    def found(self, words: str) -> "CustomerQuerySet":
        """The same customers, in the same order, by the way that suits how many they are. Nothing can be filtered after it.

        Where an index on names is followed until 25 have been met, PostgreSQL may pass over nearly all of them: those who are called alike
        stand together in it. So a few are listed by their keys, and many by one word are joined from what three indexes hold of them.
        """
        asked = search_words(words)
        keys = few(self.matching(words), FEW) if asked else None
        if keys is not None:
            return self.filter(pk__in=keys)
        if len(asked) != 1:
            return self.matching(words)
        parts = [self.order_by().filter(**{f"{field}__istartswith": asked[0]}) for field in NAMES]
        if any(part[DENSE : DENSE + 1].exists() for part in parts[1:]):
            # First names and e-mails are spread over the order: where so many fit, 25 are met at once.
            return self.matching(words)
        return parts[0].union(*parts[1:]).order_by(*self.query.order_by)


class Customer(DomainModel):
    """Personal data (`PERSONAL`) is ciphertext in the database; show the `masked_…` forms unless the reader may see it."""

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

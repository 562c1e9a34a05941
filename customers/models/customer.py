"""The customer: who holds policies, is insured, claims, or is paid."""

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils import timezone

from vanguard.accounts.models import User
from vanguard.accounts.permissions import sees_only_own
from vanguard.encryption.fields import EncryptedTextField, OwnedDateField, OwnedTextField
from vanguard.encryption.owned import GONE, KeyIsGone, OwnKey, keyring
from vanguard.ids import new_id
from vanguard.making import new
from vanguard.models import DomainModel
from vanguard.querysets import few
from vanguard.text import search_words

MASK = "••••"
# What the lists hold; their indexes hold nothing else, so that a page and its total can be read from an index alone.
CURRENT = Q(merged_into=None)
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


def first_or_last_name(text: str, path: str = "") -> Q:
    """The first or the last name begins with `text` as a whole. `path` leads to the customer, as in `named`."""
    return Q(**{f"{path}last_name__istartswith": text}) | Q(**{f"{path}first_name__istartswith": text})


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> "CustomerQuerySet":
        """All customers for who may view them at large; for a policyholder the own record; nothing for others."""
        return self.filter(user=user) if sees_only_own(user, self.model) else self

    def current(self) -> "CustomerQuerySet":
        """Without those that were merged into another: the lists' rows. A merged one is found by its key alone, and leads on."""
        return self.filter(CURRENT)

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

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        """With the keys of the new ones; who was there already keeps the own one, and with it the personal data."""
        if set(kwargs.get("update_fields") or ()).intersection(Customer.PERSONAL):
            raise TypeError("Personal data of who is there already is changed by the services, under the person's own key.")
        made = super().bulk_create(objs, *args, **kwargs)
        if not (kwargs.get("ignore_conflicts") or kwargs.get("update_conflicts")):
            DataKey.objects.bulk_create([each.fresh_key() for each in made])
            return made
        there = set(Customer.objects.filter(pk__in=[each.pk for each in made]).values_list("pk", flat=True))
        DataKey.objects.bulk_create([each.fresh_key() for each in made if each.pk in there], ignore_conflicts=True)
        return made


class Customer(DomainModel):
    """Personal data (`PERSONAL`) is ciphertext in the database; show the `masked_…` forms unless the reader may see it."""

    is_counted: ClassVar[bool] = True
    PERSONAL: ClassVar[list[str]] = ["phone", "date_of_birth", "ssn", "address"]

    email = models.EmailField("e-mail", max_length=255)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    phone = OwnedTextField(blank=True)
    date_of_birth = OwnedDateField(null=True, blank=True)
    ssn = OwnedTextField("SSN", blank=True)
    ssn_hash = models.CharField("SSN digest", max_length=64, blank=True, db_index=True, editable=False)
    # Of the names and the birth date, which is ciphertext: equal for two records that are likely one person. Empty without a birth date.
    identity_hash = models.CharField("identity digest", max_length=64, blank=True, editable=False)
    # Of the phone's digits, so that one phone of two customers is found without decrypting any. Empty without a phone.
    phone_hash = models.CharField("phone digest", max_length=64, blank=True, editable=False)
    address = OwnedTextField(blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="absorbed")
    # The personal data is gone, for good: the record stands for what the books refer to.
    erased_at = models.DateTimeField(null=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customer")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = [
            ("lookup_ssn", "Can look a customer up by SSN"),
            ("merge_customer", "Can merge two customers, and undo it"),
            ("erase_customer", "Can have a customer's personal data erased"),
            ("export_customer", "Can take all that is held on a customer"),
            ("reveal_customer", "Can see one customer's personal data in plain"),
            ("break_glass", "Can break the glass: see all for an hour"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="customer_email_once", violation_error_message="Another customer has this e-mail address."
            ),
            models.CheckConstraint(condition=Q(ssn_hash="") | Q(Exact(Length("ssn_hash"), 64)), name="customer_ssn_hash_is_digest"),
            models.CheckConstraint(
                condition=Q(identity_hash="") | Q(Exact(Length("identity_hash"), 64)), name="customer_identity_hash_is_digest"
            ),
            models.CheckConstraint(condition=Q(merged_into=None) | ~Q(merged_into=models.F("id")), name="customer_not_merged_into_itself"),
            models.CheckConstraint(condition=Q(merged_into=None) | Q(user=None), name="customer_merged_has_no_log_in"),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(user=None, ssn_hash="", identity_hash="", phone_hash=""),
                name="customer_erased_is_not_found",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], condition=CURRENT, name="customer_by_creation"),
            models.Index(fields=["last_name", "first_name", "id"], condition=CURRENT, name="customer_by_name"),
            models.Index(fields=["email", "id"], condition=CURRENT, name="customer_by_email"),
            models.Index(fields=["identity_hash"], name="customer_by_identity"),
            models.Index(fields=["phone_hash"], condition=~Q(phone_hash=""), name="customer_by_phone"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def audit_name(cls, key: str) -> str:
        """How audit entries call one: they outlive the personal data, so no name is in them."""
        return f"Customer {key}"

    def own_key(self) -> OwnKey:
        """The key that this person's data is written under; a new record gets one, which is stored with it.

        It is read from the database and not taken from what is remembered: nothing may be written under a key that is gone.
        """
        if (key := self.__dict__.get("_own_key")) is None:
            stored = None if self._state.adding else DataKey.objects.filter(pk=self.pk).first()
            key = OwnKey.of(self.pk, stored.secret) if stored else OwnKey.new(self.pk)
            if stored is None and not self._state.adding:
                if Customer.objects.filter(Q(pk=self.pk), ~Q(erased_at=None) | ~Q(erasures__done_at=None)).exists():
                    raise KeyIsGone(GONE)
                DataKey(customer_id=self.pk, secret=key.secret).save(force_insert=True)
            self.__dict__["_own_key"] = key
        return key

    def fresh_key(self) -> "DataKey":
        """The row of a new record's key."""
        key = self.own_key()
        keyring.remember({self.pk: key.secret})
        return new(DataKey, customer=self, secret=key.secret)

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """A new record is stored with its key."""
        is_new = self._state.adding
        super().save_base(*args, **kwargs)
        if is_new:
            self.fresh_key().save(force_insert=True)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def surviving(self) -> "Customer":
        """The record that stands for this one now: itself, or where its merges lead. One query a merge."""
        found = self
        while found.merged_into is not None:
            found = found.merged_into
        return found

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


class DataKey(models.Model):
    """One customer's key, itself under the platform's: the rotation of that one rewrites these rows only. Without it nothing opens."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="data_key", editable=False)
    secret = EncryptedTextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"key of {self.pk}"


class CustomerMerge(models.Model):
    """Two records that a person found to be one: `merged` leads to `kept` until the merge is undone. Rows stay, also undone ones."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_away")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = OwnedTextField(blank=True)
    # JSON: what the kept record had and what it took in its place, by field; so that undoing knows what is still as the merge left it.
    replaced = OwnedTextField(default="{}")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "merged records"
        constraints = [models.UniqueConstraint(fields=["merged"], condition=Q(undone_at=None), name="customer_merged_once")]
        indexes = [models.Index(fields=["kept", "at"], name="merge_by_kept"), models.Index(fields=["merged", "at"], name="merge_by_merged")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"

    def own_key(self) -> OwnKey:
        """That of the record which was kept."""
        return self.kept.own_key()


class MovedRecord(models.Model):
    """One record that a merge handed over, whichever room keeps it: exactly these go back when the merge is undone."""

    merge = models.ForeignKey(CustomerMerge, on_delete=models.CASCADE, related_name="moved")
    label = models.CharField(max_length=60)
    record_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merge", "label", "record_id"], name="moved_record_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.record_id}"


class ContactEntry(models.Model):
    """A call, e-mail, letter or meeting with the customer, and what it was about. Written once, never changed."""

    class Channel(models.TextChoices):
        CALL = "call"
        EMAIL = "email", "E-mail"
        LETTER = "letter"
        MEETING = "meeting"

    class Direction(models.TextChoices):
        INCOMING = "incoming", "From the customer"
        OUTGOING = "outgoing", "To the customer"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=10, choices=Direction)
    happened_at = models.DateTimeField(default=timezone.now)
    text = OwnedTextField(max_length=10_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-happened_at", "-id")
        verbose_name_plural = "contact entries"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=["call", "email", "letter", "meeting"]), name="contact_channel_known"),
            models.CheckConstraint(condition=Q(direction__in=["incoming", "outgoing"]), name="contact_direction_known"),
        ]
        indexes = [models.Index(fields=["customer", "happened_at", "id"], name="contact_by_customer")]

    def __str__(self) -> str:
        return f"{self.channel} of {self.happened_at:%Y-%m-%d}"

    def own_key(self) -> OwnKey:
        return self.customer.own_key()

"""Claimants: who claims on a claim, and what for. A customer, or somebody who is none, whose data is under a key of its own."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models import Claim
from customers.models import MASK, Customer, CustomerExport
from vanguard.encryption.fields import EncryptedTextField, OwnedTextField
from vanguard.encryption.owned import GONE, KeyIsGone, OwnKey, keyring
from vanguard.ids import new_id

REDACTED = "Erased"


def _person() -> Any:
    """Who did it; None is the platform itself."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)


class ClaimantQuerySet(models.QuerySet["Claimant"]):
    def open(self) -> "ClaimantQuerySet":
        """Who claims now."""
        return self.filter(ended_at=None)

    def named(self) -> "ClaimantQuerySet":
        """Those who are no customers, and whose data is there."""
        return self.filter(customer=None, redacted_at=None)


class Claimant(models.Model):
    """One claimant of a claim. Never edited: it is ended, with the reason, and named anew.

    A customer's data stays on the customer's record. Of who is none, `PERSONAL` is ciphertext under this row's own key, and the digests
    find one person on several claims without reading a name.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    class ClaimsFor(models.TextChoices):
        """What a claimant was done, in the words of ACORD's forms."""

        BODILY_INJURY = "bodily_injury", "Bodily injury"
        PROPERTY_DAMAGE = "property_damage", "Property damage"
        OTHER = "other", "Something else"

    PERSONAL: ClassVar[tuple[str, ...]] = ("name", "email", "phone", "address")
    DIGESTS: ClassVar[tuple[str, ...]] = ("name_hash", "email_hash", "phone_hash")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="claimants")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="claims_made")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PERSON)
    claims_for = models.CharField("claims for", max_length=20, choices=ClaimsFor)
    name = OwnedTextField(null=True, blank=True)
    email = OwnedTextField("e-mail", null=True, blank=True)
    phone = OwnedTextField(null=True, blank=True)
    address = OwnedTextField(null=True, blank=True)
    name_hash = models.CharField("name digest", max_length=64, blank=True, editable=False)
    email_hash = models.CharField("e-mail digest", max_length=64, blank=True, editable=False)
    phone_hash = models.CharField("phone digest", max_length=64, blank=True, editable=False)
    added_by = _person()
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_because = models.CharField(max_length=500, blank=True)
    # The personal data of who is no customer is gone, for good.
    redacted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ClaimantQuerySet.as_manager()

    class Meta:
        ordering = ("added_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, name__isnull=True, name_hash="", email_hash="", phone_hash="", redacted_at=None)
                | Q(customer=None, name__isnull=False, redacted_at=None) & ~Q(name_hash="")
                | Q(customer=None, name__isnull=True, name_hash="", email_hash="", phone_hash="", redacted_at__isnull=False),
                name="claimant_is_a_customer_or_has_a_name",
            ),
            models.CheckConstraint(
                condition=Q(name__isnull=False) | Q(email__isnull=True, phone__isnull=True, address__isnull=True),
                name="claimant_data_goes_with_the_name",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_because="") | Q(ended_at__isnull=False) & ~Q(ended_because=""),
                name="claimant_ended_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(kind__in=["person", "organisation"]), name="claimant_kind_is_known"),
            models.UniqueConstraint(
                fields=["claim", "customer"], condition=Q(ended_at=None, customer__isnull=False), name="claimant_once_open_on_a_claim"
            ),
        ]
        indexes = [
            models.Index(fields=["email_hash"], condition=~Q(email_hash=""), name="claimant_by_email"),
            models.Index(fields=["phone_hash"], condition=~Q(phone_hash=""), name="claimant_by_phone"),
        ]

    def __str__(self) -> str:
        return f"Claimant {self.pk}"

    def own_key(self) -> OwnKey:
        """The key of who is named here; a new one gets one, which is stored with it. Raises KeyIsGone where the data was erased."""
        if (key := self.__dict__.get("_own_key")) is None:
            stored = None if self._state.adding else ClaimantKey.objects.filter(pk=self.pk).first()
            if stored is None and not self._state.adding:
                raise KeyIsGone(GONE)
            key = self.__dict__["_own_key"] = OwnKey.of(self.pk, stored.secret) if stored else OwnKey.new(self.pk)
        return key

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Who is no customer is stored with a key."""
        is_new = self._state.adding
        super().save_base(*args, **kwargs)
        if is_new and self.customer_id is None:
            key = self.own_key()
            keyring.remember({self.pk: key.secret})
            ClaimantKey(claimant=self, secret=key.secret).save(force_insert=True)

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def shown_name(self) -> str:
        """Who it is, as all staff see it: the name, as of customers."""
        if self.customer is not None:
            return self.customer.full_name
        return self.name or REDACTED

    @property
    def masked_email(self) -> str:
        """As much of the address as people recognise it by."""
        if self.customer is not None or not self.email:
            return ""
        return f"{self.email[0]}{MASK}@{self.email.rpartition('@')[2]}"

    @property
    def masked_phone(self) -> str:
        """The last four digits. A customer's stands on the customer's record."""
        if self.customer is not None:
            return ""
        return f"{MASK} {self.phone[-4:]}" if self.phone and len(self.phone) > 6 else MASK if self.phone else ""

    @property
    def masked_address(self) -> str:
        return MASK if self.customer is None and self.address else ""


class ClaimantKey(models.Model):
    """One claimant's key, itself under the platform's. Without it nothing of the claimant can be read."""

    claimant = models.OneToOneField(Claimant, primary_key=True, on_delete=models.PROTECT, related_name="data_key", editable=False)
    secret = EncryptedTextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"key of {self.pk}"


class ClaimantLook(models.Model):
    """Somebody looked at the personal data of a claimant who is no customer: who, when, why. One row each time, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claimant = models.ForeignKey(Claimant, on_delete=models.PROTECT, related_name="looks")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    reason = OwnedTextField()
    beyond_quota = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["actor", "at"], name="claimant_look_by_actor")]

    def __str__(self) -> str:
        return f"look of {self.at:%Y-%m-%d %H:%M}"

    def own_key(self) -> OwnKey:
        """The claimant's: the reason goes with the data."""
        return self.claimant.own_key()


class ClaimantErasure(models.Model):
    """A claimant who is no customer has asked for their data to be erased: done, or waiting for the day on which it may be.

    Rows stay: that, when and by whom it was asked for. When it may be follows from the claim (claims.parties.privacy).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claimant = models.ForeignKey(Claimant, on_delete=models.PROTECT, related_name="erasures")
    reason = OwnedTextField()
    asked_by = _person()
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [models.UniqueConstraint(fields=["claimant"], condition=Q(done_at=None), name="claimant_erasure_waits_once")]

    def __str__(self) -> str:
        return f"erasure asked for on {self.asked_at:%Y-%m-%d}"

    def own_key(self) -> OwnKey:
        """The claimant's: the reason goes with the data."""
        return self.claimant.own_key()


class ClaimantExport(models.Model):
    """All that was held on a claimant who is no customer was handed out: to whom, in which form, which bytes. No copy is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claimant = models.ForeignKey(Claimant, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(max_length=4, choices=CustomerExport.Form)
    reason = OwnedTextField()
    asked_by = _person()
    asked_at = models.DateTimeField(default=timezone.now)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [models.CheckConstraint(condition=Q(form__in=["json", "pdf"]), name="claimant_export_form_known")]

    def __str__(self) -> str:
        return f"export of {self.asked_at:%Y-%m-%d %H:%M}"

    def own_key(self) -> OwnKey:
        """The claimant's: the reason goes with the data."""
        return self.claimant.own_key()

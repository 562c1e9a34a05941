"""Log-ins, and the families of tokens that each was given."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.password_validation import validate_password
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from vanguard.accounts.zones import check_zone
from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id

# Where Django's ModelBackend, the only backend that grants anything, keeps a user's permissions once they were read.
KNOWN_PERMISSIONS = "_perm_cache"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """E-mail addresses are the same without regard to case."""
        return self.get(email__iexact=username)

    async def aget_by_natural_key(self, username: str | None) -> "User":
        return await self.aget(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Raises ValidationError for a password against the policy: `createsuperuser --noinput` would not ask."""
        if password is not None:
            validate_password(password, self.model(email=email, **fields))
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """Somebody who can log in: staff, a policyholder, or an operator. Known by the e-mail address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]  # the e-mail address takes its place
    email = models.EmailField("e-mail", max_length=255)
    token_version = models.PositiveIntegerField(default=1, editable=False, help_text="Going up ends every token given out before.")
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_zone], help_text="In which staff read dates and times.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Here and not only beside the secret, so that every request knows it without another query.
    second_factor_since = models.DateTimeField(
        "second factor since", null=True, editable=False, help_text="From then on a log-in asks for a code from the authenticator."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]

    objects = UserManager()  # type: ignore[assignment,misc]

    class Meta:
        ordering = ("last_name", "first_name", "email")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once", violation_error_message="This e-mail address is taken.")
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @classmethod
    def audit_name(cls, key: str) -> str:
        """How audit entries call one: a policyholder's personal data may go, the entries stay."""
        return f"User {key}"

    def natural_key(self) -> tuple[str]:
        return (self.email,)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django's; only that what is known of somebody's permissions is not asked of each backend anew, several times a request."""
        known = self.__dict__.get(KNOWN_PERMISSIONS)
        return super().has_perm(perm, obj) if known is None or obj is not None else self.is_active and (self.is_superuser or perm in known)

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """As Django's, like `has_perm`."""
        known: set[str] | None = self.__dict__.get(KNOWN_PERMISSIONS)
        return super().get_all_permissions(obj) if known is None or obj is not None or not self.is_active else known

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session of the workbench was opened with: it ends with the password, as in Django, and with `token_version` too."""
        value = f"{self.password}:{self.token_version}"
        return salted_hmac("vanguard.accounts.models.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class TokenFamily(models.Model):
    """All tokens that descend from one log-in. Ending the family ends every one of them, at once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=30, blank=True)
    # When a code of the second factor was last given in this log-in.
    factor_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "token families"
        indexes = [models.Index(fields=["user"], condition=Q(ended_at=None), name="family_live_by_user")]

    def __str__(self) -> str:
        return str(self.id)


class RefreshToken(models.Model):
    """A refresh token, by its digest: it works once, and a second use ends its family."""

    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token of {self.family_id}"


class PasswordHistory(models.Model):
    """A password that somebody had, as its hash: none of the last five may come back."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_history")
    password = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "password history"

    def __str__(self) -> str:
        return f"earlier password of {self.user_id}"


class ResetRequests(models.Model):
    """How many letters were asked for an address within the hour that began at `since`. The address is kept as a digest only."""

    digest = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    letters = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "reset requests"

    def __str__(self) -> str:
        return f"{self.letters} since {self.since}"


class FailedLogIns(models.Model):
    """How many tries have failed, the last of them at `since`: for an account from one known device or all unknown ones, or for an address.

    Names and addresses are kept as digests only.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.CharField(max_length=64, blank=True, db_index=True)
    since = models.DateTimeField(db_index=True)
    failures = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "failed log-ins"

    def __str__(self) -> str:
        return f"{self.failures} until {self.since}"


class SecondFactor(models.Model):
    """The secret that somebody's authenticator shares with us. `last_step`: the half minute of the newest code that was used."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="second_factor")
    secret = EncryptedTextField()
    last_step = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once, by its keyed digest."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Invitation(models.Model):
    """A letter with a link that sets a first password. One a log-in: sending it again makes the link before void."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation of {self.user_id}"

    @property
    def is_open(self) -> bool:
        """Whether its link works now."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()

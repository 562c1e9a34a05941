"""What an examiner asked for, and was given: the sample, the reason, who asked, and the digest of the manifest."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from claims.oversight.models.work import Work

MOST_CLAIMS = 500


class PackQuerySet(models.QuerySet["ExaminationPack"]):
    def run_out(self) -> "PackQuerySet":
        """Those whose file is still there and should not be."""
        return self.filter(expires_at__lte=timezone.now()).exclude(file="")


class ExaminationPack(Work):
    """`sample` says how the claims were chosen, so that the choice can be made again; `claim_numbers` are those that were.

    The file is encrypted and goes after `expires_at`; the row stays, and with it the manifest's digest.
    """

    # For the rotation of keys: the file is encrypted, though not by its storage, which takes files whole.
    is_sealed_in_pieces: ClassVar[bool] = True

    reason = models.TextField(max_length=2000)
    sample = models.JSONField(default=dict)
    claim_numbers = models.JSONField(default=list)
    as_of = models.DateTimeField(help_text="What was known then.")
    manifest_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    file = models.FileField(upload_to="packs/%Y/%m/", max_length=200, blank=True, editable=False)
    size = models.PositiveBigIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)

    objects = PackQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-id")
        indexes = [models.Index(fields=["asked_at", "id"], name="pack_by_time"), models.Index(fields=["state"], name="pack_by_state")]

    def __str__(self) -> str:
        number = len(self.claim_numbers)
        return f"Pack of {number} claim{'' if number == 1 else 's'}, {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_there(self) -> bool:
        """Whether the file can be had now."""
        return bool(self.file) and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def name(self) -> str:
        """The name of the file, as it is saved."""
        return f"examination-{self.asked_at:%Y%m%d-%H%M}-{str(self.pk)[-6:]}.zip"

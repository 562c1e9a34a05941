"""Reads behind the papers."""

from uuid import UUID

from policies.papers.models import PolicyDocument
from vanguard.accounts.models import User


def find_document(user: User, document_id: UUID) -> PolicyDocument | None:
    """The paper with this key, if `user` may have it."""
    return PolicyDocument.objects.visible_to(user).filter(pk=document_id).first()

"""What was verified, and what was handed to an examiner. Nothing here changes a claim."""

from claims.oversight.models.books import BooksFinding, BooksResult, BooksRun
from claims.oversight.models.packs import ExaminationPack, PackQuerySet

__all__ = ["BooksFinding", "BooksResult", "BooksRun", "ExaminationPack", "PackQuerySet"]

"""Asking for a look at the books or for a pack, and doing it. Each asks for the permission and refuses by a DomainError."""

from claims.oversight.services.books import ask_for_books, run_books, run_waiting_books, verify_books
from claims.oversight.services.packs import ask_for_pack, clear_packs, download_pack, make_pack, make_waiting_packs

__all__ = [
    "ask_for_books",
    "ask_for_pack",
    "clear_packs",
    "download_pack",
    "make_pack",
    "make_waiting_packs",
    "run_books",
    "run_waiting_books",
    "verify_books",
]

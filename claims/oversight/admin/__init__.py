"""Oversight in the workbench: the books, examination packs, rehearsals. Each page asks for itself who may see it."""

from claims.oversight.admin import books, packs, rehearsals
from vanguard.workbench.contributions import NavItem, Page
from vanguard.workbench.site import workbench

__all__ = ["books", "packs", "rehearsals"]

workbench().add_navigation(
    NavItem("Books", "admin:books", "check", order=72, permission=books.VIEW),
    NavItem("Examination packs", "admin:packs", "lock", order=74, permission=packs.VIEW),
    NavItem("Rehearsal", "admin:rehearsal", "history", order=76, permission=rehearsals.PERMISSION),
)
workbench().add_board(books.on_home)
workbench().add_pages(
    Page("books/", "books", books.latest),
    Page("books/run/", "books_run", books.run_now),
    Page("books/<uuid:run_id>/", "books_of", books.of_run),
    Page("books/<uuid:run_id>/<slug:name>/", "books_offenders", books.offenders),
    Page("packs/", "packs", packs.listed),
    Page("packs/new/", "packs_new", packs.new),
    Page("packs/<uuid:pack_id>/", "pack", packs.one),
    Page("packs/<uuid:pack_id>/download/", "pack_download", packs.download),
    Page("rehearsal/", "rehearsal", rehearsals.index),
    Page("rehearsal/authority/", "rehearsal_authority", rehearsals.authority),
    Page("rehearsal/clocks/", "rehearsal_clocks", rehearsals.clock),
    Page("rehearsal/fraud/", "rehearsal_fraud", rehearsals.fraud),
)

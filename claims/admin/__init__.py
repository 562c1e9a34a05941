"""Claims in the workbench: worklist, claim page, commands, and their part of the home page, the sidebar and the search."""

from claims.admin import diary, elsewhere, figures, home, search
from claims.admin.authority import AuthorityLimitAdmin
from claims.admin.claim import ClaimAdmin
from claims.admin.diary import DiaryEntryAdmin, DiaryRuleAdmin
from claims.admin.notices import NoticeDraftAdmin
from claims.admin.queues import QueueAdmin, TriageRuleAdmin
from claims.clocks.admin import ClockRuleAdmin, HolidayAdmin
from claims.decisions.admin import DenialReasonAdmin
from claims.letters.admin import ClaimLetterAdmin, JurisdictionTextAdmin
from claims.reports import admin as reports
from vanguard.workbench.contributions import Key, NavItem
from vanguard.workbench.site import workbench

__all__ = [
    "AuthorityLimitAdmin",
    "ClaimAdmin",
    "ClaimLetterAdmin",
    "ClockRuleAdmin",
    "DenialReasonAdmin",
    "DiaryEntryAdmin",
    "DiaryRuleAdmin",
    "HolidayAdmin",
    "JurisdictionTextAdmin",
    "NoticeDraftAdmin",
    "QueueAdmin",
    "TriageRuleAdmin",
]

NOTICES = "admin:intake_noticedraft_changelist"
LIST = "admin:claims_claim_changelist"

workbench().search_hint = "Claim, policy or person"
workbench().home_stream = ClaimAdmin.live_stream
workbench().tagline = "Claims, policies and payments"
workbench().add_navigation(
    NavItem("Worklist", LIST, "list", order=10, go="w", permission="claims.view_claim", count=figures.in_worklist),
    NavItem("To approve", LIST, "check", order=20, query="view=approve", permission="claims.handle_any_claim", count=figures.to_approve),
    NavItem("Notices", "admin:intake_noticedraft_changelist", "mail", order=12, permission="claims.add_claim"),
    NavItem("Diary", diary.LIST, "diary", order=14, go="d", permission="diary.add_diaryentry", count=diary.to_do),
)
workbench().add_board(home.board)
workbench().add_search(search.search)
workbench().add_keys(
    Key("Go to the worklist, diary, policies, customers", ("G", "W", "D", "P", "C")),
    Key("In the diary: done, move", ("D", "M")),
    Key("Take the next claim, or this one", ("T",)),
    Key("Start, approve, deny", ("S", "A", "D")),
    Key("The cover is settled, the loss established", ("C", "E")),
    Key("Ask for information", ("I",)),
    Key("Write a note", ("N",)),
)
workbench().add_record_panel("policies.policy", elsewhere.on_policy)
workbench().add_record_panel("customers.customer", elsewhere.on_customer)
reports.register()

"""The pages of the workbench that are measured: the lists with their filters, sorts and searches, the search over everything, the homes,
the reports, and the rehearsals of changed rules."""

from dataclasses import dataclass

PER_PAGE = 25
DIARY, NOTICES = "diary_diaryentry_changelist", "intake_noticedraft_changelist"
WORKLIST, POLICIES, CUSTOMERS, ANYTHING = "claims_claim_changelist", "policies_policy_changelist", "customers_customer_changelist", "search"


@dataclass(frozen=True, slots=True)
class Page:
    """`at` is the name of an address within the admin, `query` is filled from the book, `role` is who looks."""

    at: str
    query: str = ""
    role: str = "Supervisor"


CLAIMS = {
    "where the worklist opens": Page(WORKLIST),
    "where an adjuster's worklist opens": Page(WORKLIST, role="Adjuster"),
    "all open": Page(WORKLIST, "?view=team"),
    "late, whole team": Page(WORKLIST, "?view=late"),
    "not assigned": Page(WORKLIST, "?view=unassigned"),
    "to pay": Page(WORKLIST, "?view=unpaid", "Finance"),
    "everything, page 1": Page(WORKLIST, "?view=all"),
    "everything, page 9,000 (or the last)": Page(WORKLIST, "?view=all&p={deep}"),
    "everything, the page in the middle": Page(WORKLIST, "?view=all&p={middle}"),
    "everything, the last page": Page(WORKLIST, "?view=all&p={last}"),
    "everything, status approved": Page(WORKLIST, "?view=all&status=approved"),
    "everything, status approved, page 9,000 (or near the last)": Page(WORKLIST, "?view=all&status=approved&p={deep_approved}"),
    "everything, status denied": Page(WORKLIST, "?view=all&status=denied"),
    "everything, stage paid": Page(WORKLIST, "?view=all&stage=paid"),
    "everything, stage triaged (nothing)": Page(WORKLIST, "?view=all&stage=triaged"),
    "everything, type fire": Page(WORKLIST, "?view=all&claim_type=fire"),
    "everything, type fire and denied": Page(WORKLIST, "?view=all&claim_type=fire&status=denied"),
    "everything, one owner": Page(WORKLIST, "?view=all&owner={owner}"),
    "everything, nobody's": Page(WORKLIST, "?view=all&owner=nobody"),
    "everything, due within 7 days": Page(WORKLIST, "?view=all&due=week"),
    "everything, decided this month": Page(WORKLIST, "?view=all&decided=month"),
    "everything, paid this month": Page(WORKLIST, "?view=all&paid=month"),
    "everything, closed": Page(WORKLIST, "?view=all&file=closed"),
    "everything, one customer": Page(WORKLIST, "?view=all&customer={customer}"),
    "everything, reported within a month": Page(WORKLIST, "?view=all&reported_date_from={month}&reported_date_to={month_end}"),
    "everything, lost within a month": Page(WORKLIST, "?view=all&incident_date_from={month}&incident_date_to={month_end}"),
    "everything, reported within a month, by loss": Page(
        WORKLIST, "?view=all&reported_date_from={month}&reported_date_to={month_end}&o=-3"
    ),
    "everything, by deadline": Page(WORKLIST, "?view=all&o=1"),
    "everything, by deadline, falling": Page(WORKLIST, "?view=all&o=-1"),
    "everything, by number": Page(WORKLIST, "?view=all&o=2"),
    "everything, by loss": Page(WORKLIST, "?view=all&o=3"),
    "everything, by status": Page(WORKLIST, "?view=all&o=4"),
    "everything, by status, falling": Page(WORKLIST, "?view=all&o=-4"),
    "everything, by amount claimed": Page(WORKLIST, "?view=all&o=-6"),
    "everything, denied, by amount claimed": Page(WORKLIST, "?view=all&status=denied&o=-6"),
    "everything, one queue": Page(WORKLIST, "?view=all&queue={queue}"),
    "everything, severity high": Page(WORKLIST, "?view=all&severity=high"),
    "to approve": Page(WORKLIST, "?view=approve"),
    "a claim number": Page(WORKLIST, "?view=all&q={number}"),
    "a policy number": Page(WORKLIST, "?view=all&q={policy}"),
    "part of a number": Page(WORKLIST, "?view=all&q={part}"),
    "the start of a number": Page(WORKLIST, "?view=all&q={start}"),
    "the start of every number": Page(WORKLIST, "?view=all&q=CLM-2025"),
    "one digit": Page(WORKLIST, "?view=all&q=7"),
    "a full name": Page(WORKLIST, "?view=all&q={name}"),
    "a full name with a common surname": Page(WORKLIST, "?view=all&q=James+Smith"),
    "a common surname": Page(WORKLIST, "?view=all&q=Smith"),
    "a common surname, page 40": Page(WORKLIST, "?view=all&q=Smith&p=40"),
    "a common surname, by amount claimed": Page(WORKLIST, "?view=all&q=Smith&o=-6"),
    "a common surname, denied": Page(WORKLIST, "?view=all&q=Smith&status=denied"),
    "a common surname among the open": Page(WORKLIST, "?q=Smith"),
    "one letter": Page(WORKLIST, "?view=all&q=s"),
    "a name that nobody has": Page(WORKLIST, "?view=all&q=Zzyzx"),
    "an e-mail": Page(WORKLIST, "?view=all&q={email}"),
}
DIARIES = {
    "diary, mine": Page(DIARY, role="Adjuster"),
    "diary, whole team": Page(DIARY, "?view=team"),
    "diary, late": Page(DIARY, "?view=late"),
    "diary, done": Page(DIARY, "?view=done"),
    "diary, due today": Page(DIARY, "?view=team&due=today"),
    "diary, a claim number": Page(DIARY, "?view=team&q={open_number}"),
    "diary, a common surname": Page(DIARY, "?view=team&q=Smith"),
}
NOTICE = {
    "notices not filed yet": Page(NOTICES, role="Adjuster"),
    "notices, filed": Page(NOTICES, "?view=filed"),
    "notices, filed, the last page": Page(NOTICES, "?view=filed&p={last_notices}"),
    "notices, discarded": Page(NOTICES, "?view=discarded"),
    "notices, filed, oldest first": Page(NOTICES, "?view=filed&o=0"),
    "notices, a policy number": Page(NOTICES, "?view=filed&q={noticed_policy}"),
    "notices, part of a number": Page(NOTICES, "?view=filed&q={part}"),
}
# Their first column is number 0: without actions there is none for a tick.
POLICY = {
    "policies": Page(POLICIES),
    "policies, page 9,000 (or the last)": Page(POLICIES, "?p={deep}"),
    "policies, the page in the middle": Page(POLICIES, "?p={middle}"),
    "policies in force": Page(POLICIES, "?view=force"),
    "policies starting": Page(POLICIES, "?view=starting"),
    "policies ending": Page(POLICIES, "?view=ending"),
    "policies cancelled": Page(POLICIES, "?view=cancelled"),
    "policies, status active": Page(POLICIES, "?status=active"),
    "policies, status expired": Page(POLICIES, "?status=expired"),
    "policies, homeowners": Page(POLICIES, "?policy_type=homeowners"),
    "policies, cancelled homeowners": Page(POLICIES, "?status=cancelled&policy_type=homeowners"),
    "policies, starting within a month": Page(POLICIES, "?start_date_from={month}&start_date_to={month_end}"),
    "policies, by number": Page(POLICIES, "?o=0"),
    "policies, by type": Page(POLICIES, "?o=2"),
    "policies, by type, falling": Page(POLICIES, "?o=-2"),
    "policies, by status": Page(POLICIES, "?o=3"),
    "policies, by status, falling": Page(POLICIES, "?o=-3"),
    "policies, by start": Page(POLICIES, "?o=4"),
    "policies, by end, falling": Page(POLICIES, "?o=-5"),
    "policies, by limit": Page(POLICIES, "?o=-6"),
    "policies, by premium": Page(POLICIES, "?o=7"),
    "policies, a number": Page(POLICIES, "?q={policy}"),
    "policies, part of a number": Page(POLICIES, "?q={part}"),
    "policies, a full name": Page(POLICIES, "?q={name}"),
    "policies, a common surname": Page(POLICIES, "?q=Smith"),
    "policies, one letter": Page(POLICIES, "?q=s"),
}
CUSTOMER = {
    "customers": Page(CUSTOMERS),
    "customers, the last page": Page(CUSTOMERS, "?p={last_customers}"),
    "customers, the page in the middle": Page(CUSTOMERS, "?p={middle_customers}"),
    "customers, since a month": Page(CUSTOMERS, "?created_at_from={month}&created_at_to={month_end}"),
    "customers, by name, falling": Page(CUSTOMERS, "?o=-0"),
    "customers, by e-mail": Page(CUSTOMERS, "?o=1"),
    "customers, newest first": Page(CUSTOMERS, "?o=-2"),
    "customers, an e-mail": Page(CUSTOMERS, "?q={email}"),
    "customers, a full name": Page(CUSTOMERS, "?q={name}"),
    "customers, a common surname": Page(CUSTOMERS, "?q=Smith"),
    "customers, one letter": Page(CUSTOMERS, "?q=s"),
    "customers, the start of every e-mail": Page(CUSTOMERS, "?q=insured"),
}
OTHER = {
    "search, part of a number": Page(ANYTHING, "?q={part}"),
    "search, a full name": Page(ANYTHING, "?q={name}"),
    "search, a common surname": Page(ANYTHING, "?q=Smith"),
    "search, two letters": Page(ANYTHING, "?q=sm"),
    "search, nothing fits": Page(ANYTHING, "?q=Zzyzx"),
    "home, supervisor": Page("index"),
    "home, adjuster": Page("index", role="Adjuster"),
    "home, underwriter": Page("index", role="Underwriter"),
    "home, finance": Page("index", role="Finance"),
    "home, compliance": Page("index", role="Compliance"),
    "an open claim's page": Page("claims_claim_change/{open_claim}"),
    "an open claim's page, of its adjuster": Page("claims_claim_change/{open_claim}", role="Adjuster"),
    "a claim's page that waits for approval": Page("claims_claim_change/{asked_claim}"),
    "a claim's page": Page("claims_claim_change/{claim}"),
    "a claim's page with two claimants": Page("claims_claim_change/{claimed_twice}"),
    "the same, as known on the day of the notice": Page("claims_claim_change/{claimed_twice}", "?known={claimed_day}"),
    "name a claimant, the form": Page("claims_claim_add-claimant/{claimed_twice}"),
    "approve, the form": Page("claims_claim_approve/{asked_claim}"),
    "a policy's page": Page("policies_policy_change/{policy_key}"),
    "a customer's page": Page("customers_customer_change/{customer}"),
}
# The book has no quotes, bills nobody, and keeps of its own making no log: of these lists and pages it shows what they cost when empty.
EMPTY = {
    "quotes": Page("quotes_quote_changelist", role="Underwriter"),
    "quotes referred": Page("quotes_quote_changelist", "?view=referred", role="Underwriter"),
    "billing": Page("billing_billingaccount_changelist", role="Finance"),
    "what the payment provider told": Page("billing_providerevent_changelist", role="Finance"),
    "log entries": Page("auditlog_logentry_changelist", role="Compliance"),
    "audit trail": Page("audit_trail", role="Compliance"),
    "books": Page("books"),
    "examination packs": Page("packs", role="Compliance"),
}
REPORTS = {
    "reports": Page("reports"),
    "report: paid, by year": Page("report/development"),
    "report: incurred, by year": Page("report/development", "?value=incurred"),
    "report: incurred, by year, as of the middle": Page("report/development", "?value=incurred&known_on={middle_day}"),
    "report: paid, by month": Page("report/development", "?origin=month&development=month"),
    "report: reported, as of the middle": Page("report/development", "?value=reported&known_on={middle_day}"),
    "report: loss ratio": Page("report/loss-ratio"),
    "report: loss ratio, as of the middle": Page("report/loss-ratio", "?known_on={middle_day}"),
    "report: inventory": Page("report/inventory"),
    "report: inventory, as of the middle": Page("report/inventory", "?known_on={middle_day}"),
    "report: cycle time": Page("report/cycle-time"),
    "report: cycle time, as of the middle": Page("report/cycle-time", "?known_on={middle_day}"),
    "report: deadlines": Page("report/deadlines"),
    "report: deadlines, as of the middle": Page("report/deadlines", "?known_on={middle_day}"),
    "report: bordereau": Page("report/bordereau", "?month={middle_month}"),
    "entries of a report: incurred, as of the middle": Page("report_entries", "?of=loss_incurred%3A{middle_day}%3A%3A"),
    "entries of a report: incurred, of one month's losses": Page(
        "report_entries", "?of=incurred%3A{middle_day}%3A%3A{middle_month}%3A{middle_month}"
    ),
    "entries of a report: earned premium, as of the middle": Page("report_entries", "?of=earned_premium%3A{middle_day}%3A%3A"),
    "rows of a report: open and owned by one, as of the middle": Page(WORKLIST, "?view=all&rows=open%3A{middle_day}%3A%3A%3A{owner}"),
    "rehearsal": Page("rehearsal"),
    "rehearsal of an authority": Page("rehearsal_authority", "?role={role}&claim_type=&cost_type=indemnity&amount=2500"),
    "rehearsal of a deadline": Page("rehearsal_clocks", "?clock=decide&days=15"),
    "rehearsal of a fraud rule": Page("rehearsal_fraud", "?code=late_report&weight=40&days=10"),
}
PAGES = CLAIMS | DIARIES | NOTICE | POLICY | CUSTOMER | OTHER | EMPTY | REPORTS

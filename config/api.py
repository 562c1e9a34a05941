"""The API, assembled: each room owns its routes, this file only puts them together."""

from claims.api import notices
from claims.api import of_policy as claims_of_policy
from claims.api import router as claims
from claims.diary.api import mine as diary
from claims.diary.api import of_claim as diary_of_claim
from claims.fraud.api import investigation
from claims.reports.api import router as reports
from customers.api import router as customers
from customers.privacy_api import router as privacy
from policies.api import of_customer as policies_of_customer
from policies.api import router as policies
from policies.billing.api import invoices, payments
from policies.billing.api import of_policy as billing_of_policy
from policies.billing.webhooks import webhooks
from policies.papers.api import of_policy as papers_of_policy
from policies.products.api import router as products
from policies.quotes.api import router as quotes
from vanguard.accounts.api import router as accounts
from vanguard.http.api import EnvelopedAPI
from vanguard.http.auth import Bearer
from vanguard.http.docs import SwaggerUI
from vanguard.http.documents import router as documents
from vanguard.trail.api import router as audit

DESCRIPTION = "Customers, policies and claims. Every answer has the envelope `ApiResponse`, every error `ErrorResponse`."

api = EnvelopedAPI(
    title="VanguardAI Insurance Platform",
    version="1.0.0",
    description=DESCRIPTION,
    auth=Bearer(),
    docs=SwaggerUI(),
)
api.add_router("/auth", accounts)
api.add_router("/customers", customers)
api.add_router("/customers", privacy)
api.add_router("/customers", policies_of_customer)
api.add_router("/products", products)
api.add_router("/quotes", quotes)
api.add_router("/policies", policies)
api.add_router("/policies", claims_of_policy)
api.add_router("/policies", billing_of_policy)
api.add_router("/invoices", invoices)
api.add_router("/payments", payments)
api.add_router("/billing/webhooks", webhooks)
api.add_router("/policies", papers_of_policy)
api.add_router("/documents", documents)
api.add_router("/claims", notices)
api.add_router("/claims", claims)
api.add_router("/claims", investigation)
api.add_router("/claims", diary_of_claim)
api.add_router("/diary", diary)
api.add_router("/reports", reports)
api.add_router("/audit", audit)

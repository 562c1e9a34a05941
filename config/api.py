"""The API, assembled: each room owns its routes, this file only puts them together."""

from vanguard.accounts.api import router as accounts
from vanguard.http.api import EnvelopedAPI
from vanguard.http.auth import Bearer
from vanguard.http.docs import SwaggerUI

DESCRIPTION = "Customers, policies and claims. Every answer has the envelope `ApiResponse`, every error `ErrorResponse`."

api = EnvelopedAPI(
    title="VanguardAI Insurance Platform",
    version="1.0.0",
    description=DESCRIPTION,
    auth=Bearer(),
    docs=SwaggerUI(),
)
api.add_router("/auth", accounts)

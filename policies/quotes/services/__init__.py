"""Every change to a quote. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from policies.quotes.services.deciding import approve_quote, bind_quote, decline_quote
from policies.quotes.services.requesting import create_quote, price_quote

__all__ = ["approve_quote", "bind_quote", "create_quote", "decline_quote", "price_quote"]

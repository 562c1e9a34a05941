"""Quotes: from an application to a policy: priced, referred or declined by rules that are data, approved, bound."""

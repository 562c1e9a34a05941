"""Policies as the API takes and gives them."""

from policies.schemas.commands import CancelIn, DecideIn, EndorseIn, ReinstateIn, RenewIn
from policies.schemas.policy import PolicyIn, PolicyListParams, PolicyOut, PolicyPatch, PolicyPut
from policies.schemas.previews import PreviewOut
from policies.schemas.versions import AsOfParams, PolicyReading, VersionListParams, VersionOut, reading_of
from policies.schemas.words import Number

__all__ = [
    "AsOfParams",
    "CancelIn",
    "DecideIn",
    "EndorseIn",
    "Number",
    "PolicyIn",
    "PolicyListParams",
    "PolicyOut",
    "PolicyPatch",
    "PolicyPut",
    "PolicyReading",
    "PreviewOut",
    "ReinstateIn",
    "RenewIn",
    "VersionListParams",
    "VersionOut",
    "reading_of",
]

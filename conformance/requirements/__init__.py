"""The catalogue: what the specifications ask, row by row, and which check answers each."""

from conformance.requirements.checks import Check, CheckError, find_checks
from conformance.requirements.load import Catalogue, UnknownRequirement, catalogue
from conformance.requirements.model import Condition, Requirement, Section, Specification

__all__ = [
    "Catalogue",
    "Check",
    "CheckError",
    "Condition",
    "Requirement",
    "Section",
    "Specification",
    "UnknownRequirement",
    "catalogue",
    "find_checks",
]

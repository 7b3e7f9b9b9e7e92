"""What listens: virtual relying parties, scripted answers, a journal of everything that arrives.

Importing it is cheap; uvicorn and trustme are loaded when a `Receiver` starts.
"""

from conformance.receiver.model import (
    Answer,
    Endpoint,
    Limits,
    ReceiverError,
    RelyingPartySite,
    ScriptedEndpoint,
    Seen,
)
from conformance.receiver.receiver import Receiver

__all__ = [
    "Answer",
    "Endpoint",
    "Limits",
    "Receiver",
    "ReceiverError",
    "RelyingPartySite",
    "ScriptedEndpoint",
    "Seen",
]

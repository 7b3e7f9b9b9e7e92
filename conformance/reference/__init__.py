"""The embedded reference OpenID Provider.

It conforms by default, has one switch per fault and one per conforming profile, and serves any number of
tenants from one process: ``https://localhost:<port>/t/<tenant>``, where ``<tenant>`` is ``ok`` or switch
names joined by ``+``. It shares no code with the checks, so that a mistake in one cannot hide in the other.
"""

from conformance.reference.server import ReferenceProvider, serve
from conformance.reference.switches import Fault, Profile

# Not the functions `faults` and `profiles`: modules beneath have these names, and take them over once imported.
__all__ = ["Fault", "Profile", "ReferenceProvider", "serve"]

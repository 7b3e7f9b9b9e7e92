"""The embedded reference OpenID Provider.

It conforms by default, has one switch per fault and one per conforming profile, and serves any number of
tenants from one process: ``https://localhost:<port>/t/<tenant>``, where ``<tenant>`` is ``ok`` or switch
names joined by ``+``. It shares no code with the checks, so that a mistake in one cannot hide in the other.
"""

from conformance.reference.server import ReferenceProvider, serve
from conformance.reference.switches import Fault, Profile, faults, profiles

__all__ = ["Fault", "Profile", "ReferenceProvider", "faults", "profiles", "serve"]

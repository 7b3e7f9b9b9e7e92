"""A client that authenticates in the body, with a wrong secret."""

import secrets
from dataclasses import replace

from conformance.scenarios.errors import InconclusiveError, NotTestedError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario

METHOD = "client_secret_post"


@scenario()
async def wrong_secret_in_the_body(lab: Lab) -> None:
    """Revoke a made-up token with the right secret in the body, and with a wrong one."""
    endpoint = lab.provider.endpoint("revocation_endpoint")
    if endpoint is None:
        raise NotTestedError("needs a revocation_endpoint", "metadata:\n  revocation_endpoint: https://…")
    rp = await lab.relying_party("rp1", Want(channels=None, method=METHOD, extra=_asked(lab)))
    if rp.auth_method != METHOD:
        raise InconclusiveError(f"the client was registered with {rp.auth_method} instead of {METHOD}")
    impostor = replace(rp, client_secret=f"wrong-{secrets.token_urlsafe(12)}")
    for label, client in (("right secret", rp), ("wrong secret", impostor)):
        with lab.case(label):
            form, auth = client.authenticate({"token": secrets.token_urlsafe(24)}, endpoint)
            await lab.api.post(endpoint, f"revocation, {label}", data=form, auth=auth)


def _asked(lab: Lab) -> dict[str, str]:
    return {"token_endpoint_auth_method": METHOD} if lab.config.registration else {}

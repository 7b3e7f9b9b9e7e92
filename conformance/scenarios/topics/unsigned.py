"""ID Tokens without a signature: allowed only where none comes from the authorization endpoint."""

from collections.abc import Mapping

from conformance.evidence.events import Registration
from conformance.scenarios.errors import InconclusiveError
from conformance.scenarios.lab import Lab
from conformance.scenarios.pool import Want
from conformance.scenarios.registry import scenario

IMPLICIT = ("code id_token", "id_token", "id_token token", "code id_token token")


@scenario()
async def unsigned_id_tokens(lab: Lab) -> None:
    """Register for ID Tokens with alg none from the authorization endpoint; where that is taken, log in for one."""
    listed = lab.provider.metadata.get("response_types_supported") or []
    kinds = {" ".join(sorted(str(kind).split())): str(kind) for kind in listed}
    offered = next(
        (kinds[" ".join(sorted(k.split()))] for k in IMPLICIT if " ".join(sorted(k.split())) in kinds), ""
    )
    lab.remark(
        f"Response types with an ID Token from the authorization endpoint: {offered or 'none is listed'}."
    )
    for label, alg in (("none", "none"), ("control", "RS256")):
        with lab.case(label):
            await _register_and_ask(lab, offered or IMPLICIT[0], alg)


async def _register_and_ask(lab: Lab, response_type: str, alg: str) -> None:
    grants = ["implicit", *(["authorization_code"] if "code" in response_type.split() else [])]
    asked: Mapping[str, object] = {
        "response_types": [response_type], "grant_types": grants, "id_token_signed_response_alg": alg,
    }  # fmt: skip
    try:
        rp = await lab.relying_party("rp1", Want(extra=asked))
    except InconclusiveError:
        if not any(isinstance(event, Registration) for event in lab.recorder.events):
            raise
        return  # refused: that is what the evidence shows
    await lab.flows.from_front_channel(
        await lab.agent(label=f"browser {alg}"), rp, await lab.user(), response_type
    )

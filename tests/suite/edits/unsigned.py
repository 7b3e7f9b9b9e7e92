"""ID Tokens without a signature, and a client with a wrong secret."""

from __future__ import annotations

from tests.suite.edits import Recording, edit
from tests.suite.edits.discovery import members, published


def alg_none_is_advertised(run: Recording) -> None:
    algorithms = members(
        id_token_signing_alg_values_supported=["RS256", "none"],
        response_types_supported=["code", "code id_token"],
    )
    published(run, algorithms)
    token = run.events("logout_get", "token", kind="id_token")[0]
    run.add("unsigned_id_tokens", token, kind="implicit_id_token", case="control")


@edit("REG-2-01", given=alg_none_is_advertised)
def an_unsigned_id_token_from_the_authorization_endpoint(run: Recording) -> None:
    token = run.event("unsigned_id_tokens", "token", "control", kind="implicit_id_token")
    run.add("unsigned_id_tokens", token, case="none", header={"alg": "none"})


@edit("OA-5.2-08")
def a_wrong_secret_in_the_body_is_400(run: Recording) -> None:
    run.event("wrong_secret_in_the_body", "exchange", "wrong secret")["status"] = 400

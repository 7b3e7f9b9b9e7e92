"""The ``${names}`` of a contract: which there are, and what they stand for."""

import re
from collections.abc import Mapping

NAME = re.compile(r"\$\{([^}]*)\}")

# What the harness knows of a request before it is sent.
KNOWN = {
    "client_id": "of the application that asks",
    "client_secret": "of the application that asks",
    "other_client_id": "of the second application",
    "redirect_uri": "of the application that asks",
    "post_logout_redirect_uri": "of the application that asks",
    "issuer": "of the provider, as its config says",
    "scope": "as the config says",
    "state": "a fresh random value",
    "code_challenge": "of a fresh code_verifier, S256",
    "id_token": "of the login before",
    "access_token": "of the login before",
    "refresh_token": "of the login before",
    "foreign_access_token": "of the second application",
    "dead_access_token": "for which the documented request was sent before",
    "sid": "of the ID Token",
    "sub": "of the ID Token",
}


def used(text: str) -> list[str]:
    """Return the names in a text."""
    return NAME.findall(text)


def spoken(text: str) -> str:
    """Return the text with its names in words, for people."""
    return NAME.sub(lambda found: f"the {found[1].replace('_', ' ')}", text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its names replaced; one without a value stays as it is written."""
    return NAME.sub(lambda found: values.get(found[1], found[0]), text)

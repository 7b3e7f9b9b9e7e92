"""The ``${names}`` of a contract: which there are, and what they stand for.

``${name:form}`` is the value in another form.
"""

import re
from collections.abc import Callable, Mapping

NAME = re.compile(r"\$\{([^}:]*)(?::([^}]*))?\}")

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


def _path_in_other_case(url: str) -> str:
    before, host, path, after = _parts(url)
    return f"{before}{host}{path.swapcase()}{after}"


def _host_in_other_case(url: str) -> str:
    before, host, path, after = _parts(url)
    return f"{before}{host.swapcase()}{path}{after}"


def _parts(url: str) -> tuple[str, str, str, str]:
    """Return what stands before the host, host and port, path, and the rest, as written (RFC 3986, appendix B)."""
    found = re.fullmatch(r"((?:[^:/?#]+:)?(?://)?)((?<=//)[^/?#]*)?([^?#]*)(.*)", url, re.DOTALL)
    before, host, path, after = found.groups("") if found else (url, "", "", "")
    return before, host, path, after


# How a value can be written otherwise.
FORMS: dict[str, Callable[[str], str]] = {
    "path-in-other-case": _path_in_other_case,
    "host-in-other-case": _host_in_other_case,
}


def used(text: str) -> list[str]:
    """Return the names in a text."""
    return [name for name, _ in NAME.findall(text)]


def forms(text: str) -> list[str]:
    """Return the forms that names are to have in a text."""
    return [form for _, form in NAME.findall(text) if form]


def unchanged(text: str, values: Mapping[str, str]) -> list[str]:
    """Return the names in a text whose value is the same in the form that is asked for."""
    asked = [(name, form) for name, form in NAME.findall(text) if form in FORMS and name in values]
    return [name for name, form in asked if FORMS[form](values[name]) == values[name]]


def spoken(text: str) -> str:
    """Return the text with its names in words, for people."""
    return NAME.sub(lambda found: _spoken(*found.groups("")), text)


def _spoken(name: str, form: str) -> str:
    # Trials are told apart by their words, so the form is one of them.
    with_form = f", its {form.replace('-', ' ')}" if form else ""
    return f"the {name.replace('_', ' ')}{with_form}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its names replaced; one without a value stays as it is written."""
    return NAME.sub(lambda found: _filled(found, values), text)


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, form = found.groups()
    value = values.get(name)
    return found[0] if value is None else FORMS[form](value) if form in FORMS else value

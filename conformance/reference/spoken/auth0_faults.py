"""What Auth0 could do otherwise than its documentation says: a fault for each sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.reference.errors import LogoutError
from conformance.reference.partial_logout import end_partly, for_the_asker, for_the_others
from conformance.reference.redirects import redirect
from conformance.reference.rendering import render
from conformance.reference.spoken.auth0 import allowed_urls, end_session, goodbye, knobs_of, matches
from conformance.reference.switches import SentenceFaults

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.behaviour import Behaviour
    from conformance.reference.clients import Client
    from conformance.reference.tenant import Tenant
    from conformance.reference.visit import Visit


_fault = SentenceFaults("auth0")


# The session


@_fault(
    "spares-the-asker", "A01", does="The session goes on for the application that asked, and for no other."
)
def spares_the_asker(behaviour: Behaviour) -> None:
    _end_unless_federated(behaviour, for_the_others)


@_fault(
    "ends-the-asker-alone", "L01", does="The session ends for the application that asked, and for no other."
)
def ends_the_asker_alone(behaviour: Behaviour) -> None:
    _end_unless_federated(behaviour, for_the_asker)


@_fault("federated-elsewhere-alone", "R09", does="With federated the session of the provider itself goes on.")
def federated_elsewhere_alone(behaviour: Behaviour) -> None:
    def end(visit: Visit, client_id: str, federated: bool) -> None:
        if not federated:
            end_session(visit, client_id, federated)

    knobs_of(behaviour).end = end


# The redirect


@_fault(
    "goodbye-page",
    "A02",
    does="The user stays on a page of the provider, whatever returnTo is.",
    companions={
        "A12": "a page is no redirect",
        "R11": "where nobody is redirected, no query is kept",
        "R14": "where nobody is redirected, no spelling of the host is",
    },
)
def goodbye_page(behaviour: Behaviour) -> None:
    def leave(visit: Visit, url: str) -> Response:
        # The first URL of the list, where returnTo is not sent, is another sentence.
        return goodbye(visit) if "returnTo" in visit.request.query_params else redirect(url)

    knobs_of(behaviour).leave = leave


@_fault(
    "redirects-by-a-page",
    "A12",
    does="The redirect is a page with status 200 that refreshes.",
    companions={"R14": "a browser that is sent on by a page writes the host in lower case"},
)
def redirects_by_a_page(behaviour: Behaviour) -> None:
    knobs_of(behaviour).leave = lambda visit, url: render(
        visit.tenant, "redirect_meta_refresh.html", {"target": url}
    )


@_fault("insists-on-return-to", "A06", does="Without returnTo the answer is 400.")
def insists_on_return_to(behaviour: Behaviour) -> None:
    def unsent(_client: Client) -> str | None:
        raise LogoutError("returnTo is missing.")

    knobs_of(behaviour).unsent = unsent


# The list of allowed URLs


@_fault("any-application", "A04", does="With client_id the lists of all applications count.")
def any_application(behaviour: Behaviour) -> None:
    def urls(tenant: Tenant, client: Client | None) -> list[str]:
        everybody = [url for one in tenant.clients for url in allowed_urls(tenant, one)]
        return everybody if client else []

    knobs_of(behaviour).urls = urls


@_fault("trusts-the-nameless", "A05", does="Without client_id any URL is followed.")
def trusts_the_nameless(behaviour: Behaviour) -> None:
    knobs_of(behaviour).follows_any = lambda client: client is None


@_fault("refuses-with-403", "A13", does="A returnTo that is not listed is answered with 403.")
def refuses_with_403(behaviour: Behaviour) -> None:
    knobs_of(behaviour).refusal = 403


@_fault("matches-the-beginning", "R01", does="A URL that begins like a listed one is followed.")
def matches_the_beginning(behaviour: Behaviour) -> None:
    knobs_of(behaviour).matches = lambda asked, url: matches(asked, url) or asked.startswith(url)


@_fault("compares-the-query", "R11", does="A listed URL with another query is refused.")
def compares_the_query(behaviour: Behaviour) -> None:
    def same(asked: str, url: str) -> bool:
        return matches(asked, url) and urlsplit(asked).query == urlsplit(url).query

    knobs_of(behaviour).matches = same


@_fault("folds-the-path", "R13", does="The path of a URL is compared without regard to case.")
def folds_the_path(behaviour: Behaviour) -> None:
    knobs_of(behaviour).matches = lambda asked, url: matches(asked.lower(), url.lower())


@_fault("minds-the-case-of-hosts", "R14", does="The host of a URL is compared with regard to case.")
def minds_the_case_of_hosts(behaviour: Behaviour) -> None:
    def same(asked: str, url: str) -> bool:
        return matches(asked, url) and urlsplit(asked).netloc == urlsplit(url).netloc

    knobs_of(behaviour).matches = same


def _end_unless_federated(behaviour: Behaviour, ends: Callable[[str, str], bool]) -> None:
    """Let a logout end the session for some applications; what federated does is another sentence."""
    partly = end_partly(behaviour, ends)

    def end(visit: Visit, client_id: str, federated: bool) -> None:
        if federated:
            end_session(visit, client_id, federated)
        else:
            partly(visit, client_id)

    knobs_of(behaviour).end = end

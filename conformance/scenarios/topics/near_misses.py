"""Post-logout redirect URIs that are almost registered, and other ways to an unregistered address."""

from urllib.parse import urlsplit

from conformance.provider.relying_party import RelyingParty
from conformance.scenarios.lab import Lab
from conformance.scenarios.registry import scenario
from conformance.scenarios.topics.sessions import Session, Shared, parties

OPEN_REDIRECT_NAMES = ("redirect_uri", "returnTo", "return_to", "returnUrl", "next", "continue")


def variants(uri: str, unregistered: str) -> dict[str, str]:
    """Return near misses of a URI by name (RPI-3-05); `unregistered` is a URI of another kind of the client."""
    parts = urlsplit(uri)
    rest = parts.path
    return {
        "other host": f"{parts.scheme}://other-{parts.netloc}{rest}",
        "sub-domain": f"{parts.scheme}://sub.{parts.netloc}{rest}",
        "query added": f"{uri}{'&' if parts.query else '?'}foo=bar",
        "trailing slash": f"{uri}/",
        "case of the path": f"{parts.scheme}://{parts.netloc}{_swap_case(rest)}",
        "default port": f"{parts.scheme}://{parts.netloc}:443{rest}",
        "http": f"http://{parts.netloc}{rest}",
        "path prefix": f"{parts.scheme}://{parts.netloc}{rest[:-1]}",
        "path suffix": f"{uri}/more",
        "user before the host": f"{parts.scheme}://user@{parts.netloc}{rest}",
        "fragment": f"{uri}#part",
        "dot segments": f"{parts.scheme}://{parts.netloc}/x/..{rest}",
        "redirect_uri of the client": unregistered,
    }


def _swap_case(path: str) -> str:
    """Change the case of the last letter of a path."""
    place = max((n for n, c in enumerate(path) if c.isalpha()), default=-1)
    return path if place < 0 else path[:place] + path[place].swapcase() + path[place + 1 :]


@scenario()
async def near_misses(lab: Lab) -> None:
    """Ask for logout with near misses of a registered URI, one at a time."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    for label, uri in variants(rp.post_logout_redirect_uri, rp.redirect_uri).items():
        if uri in rp.post_logout_redirect_uris:
            continue
        async with shared.case(label) as session:
            landing = await lab.logout(session.agent, rp, hint=session.hint, uri=uri, state="near-miss")
            await session.finish(landing)
    async with shared.case("control") as session:
        await session.finish(
            await lab.logout(
                session.agent, rp, hint=session.hint, uri=rp.post_logout_redirect_uri, state="control"
            )
        )


@scenario()
async def open_redirects(lab: Lab) -> None:
    """Try to be forwarded to an unregistered host: by repeated and by unknown parameters."""
    rp, witness = await parties(lab)
    shared = Shared(lab, rp, witness)
    elsewhere = f"https://elsewhere-{lab.host(rp.key)}/landing" if rp.dynamic else _elsewhere(rp)
    own = rp.post_logout_redirect_uri
    for label, first, second in (
        ("unregistered last", own, elsewhere),
        ("unregistered first", elsewhere, own),
    ):
        async with shared.case(label) as session:
            await _send(lab, session, uri=first, extra=[("post_logout_redirect_uri", second)])
    async with shared.case("unregistered, no hint") as session:
        await _send(lab, session, uri=elsewhere, hint=False)
    for name in OPEN_REDIRECT_NAMES:
        async with shared.case(f"in {name}") as session:
            await _send(lab, session, extra=[(name, elsewhere)])
    async with shared.case("control") as session:
        await _send(lab, session, uri=own)


def _elsewhere(rp: RelyingParty) -> str:
    return f"https://elsewhere.{urlsplit(rp.post_logout_redirect_uri).hostname}/landing"


async def _send(
    lab: Lab, session: Session, *, uri: str | None = None, extra: list[tuple[str, str]] | None = None,
    hint: bool = True,
) -> None:  # fmt: skip
    landing = await lab.logout(
        session.agent,
        session.rp,
        hint=session.hint if hint else "",
        uri=uri,
        state="redirect",
        extra=extra or [],
    )
    await session.finish(landing)

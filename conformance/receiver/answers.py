"""What relying parties answer: scripted answers first, else pages that offend nobody."""

from html import escape

from conformance.receiver.directory import Target
from conformance.receiver.model import Answer, Endpoint, ScriptedEndpoint

HTML = ("Content-Type", "text/html; charset=utf-8")
NO_STORE = ("Cache-Control", "no-store")
# OpenID Connect Front-Channel Logout 1.0, section 2: the page is framed by the provider.
FRAMED_BY_ALL = ("Content-Security-Policy", "frame-ancestors *")

BLANK = Answer(name="", headers=[HTML, NO_STORE], body="<!doctype html><title>Blank</title>")
NO_ICON = Answer(name="", status=204, headers=[("Cache-Control", "max-age=3600")])
TOO_LARGE = Answer(name="", status=413, headers=[("Connection", "close")])

# These are sent thousands of times: not made, and not checked, anew for each.
FRAME = Answer(name="", headers=[HTML, NO_STORE, FRAMED_BY_ALL])
NOTED = Answer(name="", headers=[NO_STORE])


def html_page(title: str, status: int = 200) -> Answer:
    body = f'<!doctype html><html lang="en"><title>{escape(title)}</title><h1>{escape(title)}</h1></html>'
    return Answer(name="", status=status, headers=[HTML, NO_STORE], body=body)


def default_answer(target: Target) -> Answer:
    """The answer where none is scripted."""
    match target.endpoint:
        case "redirect_uri":
            return html_page(f"Relying party {target.key}: signed in")
        case "post_logout":
            return html_page(f"Relying party {target.key}: signed out")
        case "frontchannel":
            return FRAME
        case "backchannel":
            return NOTED
        case _:
            return html_page("Nothing is registered here", 404)


class Scripts:
    """Scripted answers by site and endpoint, used up in order."""

    def __init__(self) -> None:
        self._left: dict[tuple[str, Endpoint], list[tuple[Answer, int | None]]] = {}
        self._usual: dict[tuple[str, Endpoint], Answer] = {}

    def set(self, key: str, endpoint: ScriptedEndpoint, answers: tuple[Answer, ...]) -> None:
        self._left[key, endpoint] = [(answer, answer.times) for answer in answers]

    def set_usual(self, key: str, endpoint: ScriptedEndpoint, answer: Answer | None) -> None:
        """What is answered where nothing is scripted; None: what offends nobody."""
        self._usual.pop((key, endpoint), None)
        if answer is not None:
            self._usual[key, endpoint] = answer

    def next(self, target: Target) -> Answer:
        left = self._left.get((target.key, target.endpoint))
        if not left:
            return self._usual.get((target.key, target.endpoint)) or default_answer(target)
        answer, times = left[0]
        if times is not None:
            left[0:1] = [(answer, times - 1)] if times > 1 else []
        return answer


class Pages:
    """Pages of the harness itself: served, not recorded."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str, int, str], Answer] = {}

    def put(self, endpoint: tuple[str, str, int, str], html: str) -> None:
        self._pages[endpoint] = Answer(name="", headers=[HTML, NO_STORE], body=html)

    def get(self, endpoint: tuple[str, str, int, str]) -> Answer | None:
        path = endpoint[3]
        if path == "/favicon.ico":
            return NO_ICON
        return BLANK if path == "/blank" else self._pages.get(endpoint)

"""A page as a user sees it: forms, controls, and what kind of page it is.

Pages are classified by what they do before what they say; the reasons are kept. The same code reads
the answer of plain HTTP and the DOM of the browser, so that both see the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html
from lxml.etree import ParserError

from conformance.evidence.events import Control
from conformance.provider import words

Context = Literal["authorization", "logout", "own"]  # own: what is on it is pressed by the config's steps
Element: TypeAlias = html.HtmlElement
_SKIPPED = ("script", "style", "template", "noscript")
_REFRESH = re.compile(r"^\s*([\d.]+)\s*(?:[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]*)['\"]?)?\s*$", re.I)
_SUBMITS_ITSELF = re.compile(r"\.submit\s*\(|requestSubmit\s*\(")


@dataclass(frozen=True)
class Button:
    """Something that can be pressed: a submit control of a form, or a link."""

    path: str  # XPath in the document, for the browser
    label: str
    name: str = ""
    value: str = ""
    form: "Form | None" = None
    href: str = ""

    @property
    def text(self) -> str:
        return " ".join(filter(None, (self.label, self.name, self.value)))


@dataclass(eq=False)
class Form:
    """A form: where it goes, what it sends unless changed, and how to fill it in."""

    action: str
    method: str
    fields: list[tuple[str, str]]
    username: Element | None = None
    password: Element | None = None
    buttons: list[Button] = field(default_factory=list)
    text: str = ""

    def data(self, button: Button | None = None, **values: str) -> list[tuple[str, str]]:
        """Return what the browser would send, with some fields filled in."""
        sent = [(name, values.get(name, value)) for name, value in self.fields]
        return [*sent, (button.name, button.value)] if button and button.name else sent


class ParsedPage:
    """One HTML document at an address."""

    def __init__(self, url: str, status: int | None, text: str, referrer_policy: str = "") -> None:
        self.url, self.status, self.source = url, status, text
        self.referrer_policy = referrer_policy  # of the header
        self.tree = _parse(text)
        base = self.tree.find(".//base[@href]")
        self._base = urljoin(url, base.get("href")) if base is not None else url
        self.forms = [self._form(element) for element in self.tree.iter("form")]
        self.title = " ".join((self.tree.findtext(".//title") or "").split())
        self.text = _visible_text(self.tree)

    # What it can do by itself

    @property
    def refresh(self) -> str | None:
        """Return where a meta refresh leads, if there is one."""
        for meta in self.tree.iter("meta"):
            if (meta.get("http-equiv") or "").lower() == "refresh":
                match = _REFRESH.match(meta.get("content") or "")
                if match and match[2]:
                    return str(urljoin(self._base, match[2].strip()))
        return None

    @property
    def own_referrer_policy(self) -> str:
        """Return the last referrer policy that the document names itself."""
        named = [m.get("content") or "" for m in self.tree.iter("meta") if m.get("name") == "referrer"]
        return named[-1] if named else ""

    @property
    def has_script(self) -> bool:
        """Tell whether anything on the page can run."""
        handlers = self.tree.xpath("boolean(//@onload|//@onclick|//@onsubmit)")
        return bool(handlers) or any(
            (script.get("type") or "text/javascript")
            in ("text/javascript", "module", "application/javascript")
            for script in self.tree.iter("script")
        )

    @property
    def submits_itself(self) -> Form | None:
        """Return the form that the page's script sends without being asked (as form_post does)."""
        scripts = " ".join(s.text or "" for s in self.tree.iter("script"))
        onload = " ".join(self.tree.xpath("//body/@onload"))
        if len(self.forms) == 1 and _SUBMITS_ITSELF.search(scripts + onload):
            return self.forms[0]
        return None

    @property
    def frames(self) -> list[str]:
        sources = (frame.get("src") or "" for frame in self.tree.iter("iframe", "frame"))
        return [urljoin(self._base, src) for src in sources if src]

    @property
    def targets(self) -> list[str]:
        """Return every address that the page links to, posts to or refreshes to."""
        links = [urljoin(self._base, a.get("href")) for a in self.tree.iter("a") if a.get("href")]
        return [*links, *(form.action for form in self.forms), *filter(None, [self.refresh])]

    # What a user can do on it

    @property
    def buttons(self) -> list[Button]:
        """Return submit controls and links, in the order of the document."""
        return [button for form in self.forms for button in form.buttons] + list(self._links())

    def login_form(self) -> Form | None:
        """Return the form that asks for a username or a password."""
        with_password = [f for f in self.forms if f.password is not None]
        return next(iter(with_password), None) or next(
            (f for f in self.forms if f.username is not None), None
        )

    def yes(self) -> Button | None:
        """Return the control that confirms: by name and value first, then by label."""
        candidates = [b for b in self.buttons if not words.NO.search(b.text) and not _is_no(b)]
        sure = [b for b in candidates if words.YES.search(b.value) or words.YES.search(b.label)]
        return next(iter(sure), None) or next(
            (b for b in candidates if words.LOGOUT.search(b.text) or (b.form and len(b.form.buttons) == 1)),
            None,
        )

    def no(self) -> Button | None:
        """Return the control that declines, where exactly one does."""
        declining = [b for b in self.buttons if _is_no(b)]
        if len(declining) == 1:
            return declining[0]
        forms = [f for f in self.forms if len(f.buttons) > 1]
        return next((b for f in forms for b in f.buttons if _is_no(b)), None)

    def controls(self) -> list[Control]:
        """List what is on the page, for evidence and for errors."""
        found = []
        for index, form in enumerate(self.forms):
            found += [
                Control(role="hidden", name=name, form=index)
                for name, _ in form.fields
                if name not in (_name(form.username), _name(form.password))
            ]
            for element, role in ((form.username, "textbox"), (form.password, "password")):
                if element is not None:
                    found.append(Control(role=role, name=_name(element), form=index))
            found += [
                Control(role="button", name=b.name, label=b.label, value=b.value, form=index)
                for b in form.buttons
            ]
        return found + [Control(role="link", label=b.label, value=b.href) for b in self._links()]

    # What kind of page it is

    def classify(self, context: Context, frame_hosts: frozenset[str] = frozenset()) -> tuple[str, list[str]]:
        """Return the kind of the page (see events.Page) and the reasons."""
        login = self.login_form()
        framed = [f for f in self.frames if urlsplit(f).hostname in frame_hosts]
        if framed:
            return "frontchannel", [f"it frames {len(framed)} logout address(es) of relying parties"]
        if login is not None and (login.password is not None or context == "authorization"):
            asks = "a password" if login.password is not None else "a user name"
            return "login", [f"a form asks for {asks}"]
        if self.status is not None and self.status >= 400:
            return "error", [f"status {self.status}"]
        if "error" in parse_qs(urlsplit(self.url).query):
            return "error", ["its address carries an error parameter"]
        return self._by_controls(context)

    def _by_controls(self, context: Context) -> tuple[str, list[str]]:
        button = self.yes() if context != "own" else None
        if button is not None and button.form is not None:
            label = button.label or button.name
            if context == "authorization":
                return "consent", [f"a form without a password can be confirmed by {label!r}"]
            if words.LOGOUT.search(button.text) or not words.SIGNED_OUT.search(self.title):
                return "confirmation", [f"a form offers to go on by {label!r}"]
        if words.SIGNED_OUT.search(f"{self.title} {self.text}"):
            return "signed_out", ["it says that nobody is signed in"]
        if words.ERROR.search(self.title):
            return "error", ["its title speaks of an error"]
        return "unknown", ["no login form, no question, no error, no word of a logout"]

    def _links(self) -> Iterator[Button]:
        for link in self.tree.iter("a"):
            if link.get("href"):
                yield Button(
                    path=_path(link), label=_label(link), href=urljoin(self._base, link.get("href")),
                )  # fmt: skip

    def _form(self, element: Element) -> Form:
        controls = list(self._controls_of(element))
        form = Form(
            action=urljoin(self._base, element.get("action") or self.url),
            method=(element.get("method") or "get").upper(),
            fields=[pair for control in controls for pair in _value_of(control)],
            text=_visible_text(element),
        )
        form.password = next((c for c in controls if c.get("type") == "password"), None)
        form.username = _username(controls, form.password)
        form.buttons = [
            Button(_path(c), _label(c), c.get("name") or "", c.get("value") or "", form)
            for c in controls
            if _is_submit(c) and not _hidden(c) and next(c.iterancestors("noscript"), None) is None
        ]
        return form

    def _controls_of(self, form: Element) -> Iterator[Element]:
        """Yield the form's controls, also those that stand elsewhere and name it."""
        for control in self.tree.iter("input", "button", "select", "textarea"):
            owner = control.get("form")
            inside = form in control.iterancestors()
            if (owner is None and inside) or (owner is not None and owner == form.get("id")):
                yield control


def _parse(text: str) -> Element:
    try:
        return html.document_fromstring(text.encode(errors="replace") or b"<html></html>")
    except (ParserError, ValueError):
        return html.document_fromstring(b"<html></html>")


def _path(element: Element) -> str:
    return str(element.getroottree().getpath(element))


def _name(element: Element | None) -> str:
    return "" if element is None else element.get("name") or element.get("id") or ""


def _label(element: Element) -> str:
    text = " ".join(element.text_content().split())
    return text or element.get("aria-label") or element.get("title") or _caption(element)


def _caption(element: Element) -> str:
    return (element.get("value") or element.get("alt") or "") if element.tag == "input" else ""


def _hidden(element: Element) -> bool:
    chain = [element, *element.iterancestors()]
    return (
        any(
            e.get("hidden") is not None or re.search(r"display\s*:\s*none", e.get("style") or "")
            for e in chain
        )
        or element.get("type") == "hidden"
    )


def _is_submit(control: Element) -> bool:
    kind = (control.get("type") or "").lower()
    if control.tag == "button":
        return kind in ("", "submit")
    return control.tag == "input" and kind in ("submit", "image")


def _is_no(button: Button) -> bool:
    by_name = words.NO.search(button.name) or words.NO.search(button.value)
    return bool(by_name or words.NO.search(button.label))


def _value_of(control: Element) -> list[tuple[str, str]]:
    name, kind = control.get("name"), (control.get("type") or "text").lower()
    if not name or control.tag == "button" or kind in ("submit", "image", "button", "reset", "file"):
        return []
    if kind in ("checkbox", "radio"):
        return [(name, control.get("value") or "on")] if control.get("checked") is not None else []
    if control.tag == "select":
        chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[:1]
        return [(name, option.get("value") or option.text_content()) for option in chosen]
    return [(name, control.text or "" if control.tag == "textarea" else control.get("value") or "")]


def _username(controls: list[Element], password: Element | None) -> Element | None:
    """Find the username control by autocomplete, type, name and label, in that order."""
    texts = [
        c for c in controls if c.tag == "input" and (c.get("type") or "text") in ("text", "email", "tel")
    ]
    for test in (
        lambda c: c.get("autocomplete") in ("username", "email", "webauthn username"),
        lambda c: c.get("type") == "email",
        lambda c: words.USERNAME.search(f"{c.get('name')} {c.get('id')} {c.get('placeholder')}"),
    ):
        found = next((c for c in texts if test(c)), None)
        if found is not None:
            return found
    return texts[0] if texts and password is not None else None


def _visible_text(tree: Element) -> str:
    parts = (
        text
        for element in tree.iter()
        if isinstance(element.tag, str)
        for text in _own_text(element)
    )  # fmt: skip
    return " ".join(" ".join(parts).split())[:4000]


def _own_text(element: Element) -> Iterator[str]:
    if element.tag not in (*_SKIPPED, "title") and element.text:
        yield element.text
    for child in element:
        if child.tail:
            yield child.tail

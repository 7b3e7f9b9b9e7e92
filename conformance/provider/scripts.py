"""What a config says of a page beyond `auto`, and the lines it would need where `auto` is at a loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from conformance.config.functions import PREFIX
from conformance.config.model import ProviderConfig, Step
from conformance.provider.pages import ParsedPage

SHOWN = 400  # characters of a page's text that an error repeats
Member = Literal["login", "consent", "confirm_yes", "confirm_no", "own_logout"]
PARENTS = {"own_logout": ("own_logout", "steps")}  # where steps stand that are none of a kind of page


@dataclass(frozen=True)
class OwnFunction:
    """A function of the user's: called with the page, the user name and the password."""

    reference: str
    folder: Path


Script: TypeAlias = Sequence[Step] | OwnFunction


def script_of(config: ProviderConfig, member: Member) -> Script | None:
    """Return the steps or the function that the config gives for a kind of page; None for `auto`."""
    if member == "own_logout":
        return config.own_logout.steps if config.own_logout else None
    value = getattr(config.pages, member)
    if isinstance(value, str):
        return OwnFunction(value, config.path.parent) if value.startswith(PREFIX) else None
    return list(value)


def advice(page: ParsedPage | None, member: Member) -> str:
    """Say what a page has, and which lines of the config would handle it."""
    if page is None:
        return ""
    controls = [f"{c.role} {c.label or c.name or c.value!r}" for c in page.controls() if c.role != "hidden"]
    text = page.text if len(page.text) <= SHOWN else f"{page.text[:SHOWN]}…"
    return (
        f"The page {page.url.partition('?')[0]} has the title {page.title!r}, the text {text!r} and the controls: "
        f"{', '.join(controls[:20]) or 'none'}. Lines for the config that would handle it:\n{_lines(page, member)}"
    )


def _lines(page: ParsedPage, member: Member) -> str:
    found = [f'    - {{match: "{_selector(c)}", fill: "{v}"}}' for c, v in _fields(page, member)]
    pressed = next((b for b in page.buttons if b.form), None) or next(iter(page.buttons), None)
    words = pressed.label if pressed else "…"
    parent, name = PARENTS.get(member, ("pages", member))
    return "\n".join([f"{parent}:", f"  {name}:", *found, f'    - {{match: "text={words}", click: true}}'])


def _fields(page: ParsedPage, member: Member) -> list[tuple[Any, str]]:
    if member != "login":
        return []
    form = page.login_form()
    inputs = [
        i
        for i in page.tree.iter("input")
        if (i.get("type") or "text") in ("text", "email", "tel", "password")
    ]
    given = [(form.username, "${username}"), (form.password, "${password}")] if form else []
    guessed = [(i, "${password}" if i.get("type") == "password" else "${username}") for i in inputs]
    return [(c, v) for c, v in given if c is not None] or guessed[:2]


def _selector(element: Any) -> str:
    if element.get("id"):
        return f"#{element.get('id')}"
    return (
        f"[name={element.get('name')}]"
        if element.get("name")
        else f"input[type={element.get('type') or 'text'}]"
    )

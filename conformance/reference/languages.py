"""Languages of the question whether to log out (OpenID Connect Core, section 3.1.2.1: ui_locales)."""

TEXTS = {
    "en": {
        "title": "Log out",
        "question": "Do you want to log out?",
        "yes": "Yes, log out",
        "no": "No, stay logged in",
    },
    "de": {
        "title": "Abmelden",
        "question": "Möchten Sie sich abmelden?",
        "yes": "Ja, abmelden",
        "no": "Nein, angemeldet bleiben",
    },
}
LANGUAGES = tuple(TEXTS)


def chosen(ui_locales: str | None, spoken: tuple[str, ...]) -> str:
    """The first language asked for that is spoken; tags are compared by their primary subtag."""
    asked = (tag.split("-")[0].lower() for tag in (ui_locales or "").split())
    return next((tag for tag in asked if tag in spoken), spoken[0])

"""Languages of the login page, and of the question whether to log out."""

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
LOGIN = {
    "en": {
        "title": "Log in",
        "username": "Username",
        "password": "Password",
        "log_in": "Log in",
        "failed": "The username or the password is wrong.",
        "logged_out": "You have been logged out successfully.",
    },
    "de": {
        "title": "Anmelden",
        "username": "Benutzername",
        "password": "Passwort",
        "log_in": "Anmelden",
        "failed": "Der Benutzername oder das Passwort ist falsch.",
        "logged_out": "Sie wurden erfolgreich abgemeldet.",
    },
}
LANGUAGES = tuple(TEXTS)


def chosen(ui_locales: str | None, spoken: tuple[str, ...]) -> str:
    """The first language of ui_locales (OpenID Connect Core, section 3.1.2.1) that is spoken.

    Tags are compared by their primary subtag.
    """
    asked = (tag.split("-")[0].lower() for tag in (ui_locales or "").split())
    return next((tag for tag in asked if tag in spoken), spoken[0])


def accepted(header: str, spoken: tuple[str, ...]) -> str:
    """The spoken language that Accept-Language prefers (RFC 9110, section 12.5.4)."""
    ranges = [part.partition(";q=") for part in header.replace(" ", "").split(",")]
    weighed = [(_weight(weight), tag) for tag, _, weight in ranges]
    wanted = sorted((one for one in weighed if one[0] > 0), key=lambda one: -one[0])
    return chosen(" ".join(tag for _, tag in wanted), spoken)


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0

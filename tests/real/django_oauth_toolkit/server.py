"""PyPI django-oauth-toolkit on Django for the tests, in one file; `tests/real/launcher.py` says how it is started.

Reads one line of JSON from stdin, prints one line of JSON when it listens, ends when stdin closes. What is not
set here is as the packages have it. It runs with packages of its own (`requirements.lock`), none of the project's.
"""

# mypy: disable-error-code="import-not-found, misc"
from __future__ import annotations

import json
import ssl
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

USERS = {"alice": "wonderland", "bob": "builder", "carol": "christmas", "dave": "davenport"}
PAGE = "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{body}</html>"
LOGIN = PAGE.format(
    title="Log in",
    body='<form method=post>{% csrf_token %}{{ form.as_p }}<input type=hidden name=next value="{{ next }}">'
    "<button>Log in</button></form>",
)
HOME = PAGE.format(
    title="{% if user.is_authenticated %}Welcome, {{ user }}{% else %}You are not logged in{% endif %}",
    body="",
)
urlpatterns: list[Any] = []


def signing_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(serialization.Encoding.PEM, *form).decode()


def configure(issuer: str, folder: Path, config: dict[str, Any]) -> None:
    settings.configure(
        LIFETIMES={
            client["client_id"]: client.get("id_token_lifetime") for client in config.get("clients", [])
        },
        SECRET_KEY="of the test provider",
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        STATIC_URL="/static/",
        LOGIN_URL="/login/",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "db.sqlite3",
                # Several scenarios log in at once; the default gives up when two transactions want to write.
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
                },
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[  # as `startproject` has them
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                    ],
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"registration/login.html": LOGIN, "home.html": HOME},
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ],
        # A quarter of a second for each password and client secret would be most of a run.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": signing_key(),
            "OIDC_ISS_ENDPOINT": issuer,
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "REQUEST_APPROVAL_PROMPT": "auto",
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
            "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https", "test.native"],
            "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your address"},
            **config.get("configuration", {}),
        },
    )
    django.setup()


def add_pages() -> None:
    from django.contrib.auth.views import LoginView
    from django.urls import include, path
    from django.views.generic import TemplateView
    from oauth2_provider import urls

    urlpatterns.extend(
        [
            path("", TemplateView.as_view(template_name="home.html")),
            path("login/", LoginView.as_view()),
            path("", include(urls)),
        ]
    )


def fill(clients: list[dict[str, Any]]) -> None:
    """Users, and clients as the config of the harness has them."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name, password in USERS.items():
        User.objects.create_user(name, f"{name}@example.test", password)
    for client in clients:
        confidential = client.get("auth_method") != "none"
        application = Application(
            name=client["client_id"],
            client_id=client["client_id"],
            client_secret=client.get("client_secret", ""),
            client_type=Application.CLIENT_CONFIDENTIAL if confidential else Application.CLIENT_PUBLIC,
            authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            redirect_uris=" ".join(client["redirect_uris"]),
            post_logout_redirect_uris=" ".join(client["post_logout_redirect_uris"]),
            algorithm=Application.RS256_ALGORITHM,
        )
        application.full_clean()
        application.save()


def validator() -> Any:
    """The package's own, with ID Tokens that live for seconds where a client asks for them."""
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> Any:
            claims, expires = super().get_id_token_dictionary(token, token_handler, request)
            if lifetime := settings.LIFETIMES.get(request.client.client_id):
                claims["exp"] = int(time.time()) + lifetime
            return claims, expires

    return Validator()


class Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True  # head and body are written apart: the second would wait 40 ms

    def get_environ(self) -> dict[str, Any]:
        """What wsgiref tells the scheme by."""
        return {**super().get_environ(), "HTTPS": "on" if isinstance(self.request, ssl.SSLSocket) else "off"}


class Server(ThreadedWSGIServer):
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut, or that spoke no TLS, is no matter of the provider."""
        print(f"{client_address}: {sys.exc_info()[1]}", file=sys.stderr)


def listen(port: int, tls: dict[str, str] | None) -> Server:
    server = Server(("127.0.0.1", port), Handler)
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls["cert"], tls["key"])
        # The handshake belongs to the thread of the connection, not to the one that accepts.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def main() -> None:
    from django.core.wsgi import get_wsgi_application

    config = json.loads(sys.stdin.readline())
    server = listen(config.get("port", 0), config.get("tls"))
    port = server.server_address[1]
    scheme = "https" if config.get("tls") else "http"
    issuer = config.get("issuer", f"{scheme}://localhost:{{port}}").replace("{port}", str(port))
    with tempfile.TemporaryDirectory() as folder:
        configure(issuer, Path(folder), config)
        add_pages()
        fill(config.get("clients", []))
        server.set_app(get_wsgi_application())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(json.dumps({"ready": True, "issuer": issuer, "port": port}), flush=True)
        sys.stdin.read()  # until whoever started it closes it
        server.shutdown()


if __name__ == "__main__":
    main()

"""HTML pages with the headers that keep them out of frames and caches."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from conformance.reference.errors import NO_STORE, PageError
from conformance.reference.redirects import redirect
from conformance.reference.urls import with_parameters

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant

_environment = Environment(
    loader=PackageLoader("conformance.reference", "pages"), autoescape=True, undefined=StrictUndefined
)


def render(
    tenant: Tenant, template: str, context: dict[str, Any], status: int = 200, policy: str = ""
) -> Response:
    """A page of the provider; ``policy`` adds directives to its Content-Security-Policy."""
    response = render_framable(tenant, template, context, status, policy)
    if not tenant.behaviour.pages.framable:
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Content-Security-Policy"] += "; frame-ancestors 'none'"
    return response


def render_framable(
    tenant: Tenant, template: str, context: dict[str, Any], status: int = 200, policy: str = ""
) -> Response:
    """A page that other sites may frame."""
    nonce = secrets.token_urlsafe(12)
    html = _environment.get_template(template).render(tenant=tenant, nonce=nonce, **context)
    directives = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'"
    pages = tenant.behaviour.pages
    headers = {
        **({} if pages.cacheable else NO_STORE),
        "Referrer-Policy": pages.referrer_policy,
        "Content-Security-Policy": directives + policy,
    }
    return HTMLResponse(html, status, headers)


def error_page(tenant: Tenant, error: PageError) -> Response:
    """The end of a request that cannot be carried out."""
    parameters = {"error": error.error, "error_description": error.description}
    if tenant.behaviour.pages.errors_elsewhere:
        return redirect(with_parameters(f"{tenant.ui_base}/problem", parameters), 302)
    return render(tenant, "error.html", parameters, error.status)

"""Plain HTTP with the cookies of a browser context: for requests in which a browser would see nothing more."""

import httpx
from playwright.async_api import APIResponse, BrowserContext
from playwright.async_api import Error as PlaywrightError


class ContextTransport(httpx.AsyncBaseTransport):
    """Sends by the context, which keeps and sends the cookies; follows no redirect."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; a network error is httpx's own kind."""
        body = await request.aread()
        headers = {
            name: value for name, value in request.headers.items() if name not in ("host", "content-length")
        }
        try:
            answer = await self._context.request.fetch(
                str(request.url), method=request.method, headers=headers, data=body or None, max_redirects=0
            )
            return await _converted(answer)
        except PlaywrightError as problem:
            raise httpx.ConnectError(str(problem).splitlines()[0]) from problem


async def _converted(answer: APIResponse) -> httpx.Response:
    body = await answer.body()
    # The body comes decoded: what says how it was encoded or how long it was no longer holds.
    received = [
        (h["name"], h["value"])
        for h in answer.headers_array
        if h["name"].lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    await answer.dispose()
    return httpx.Response(answer.status, headers=received, content=body)

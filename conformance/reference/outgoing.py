"""Calls to relying parties whose host names exist only in the test."""

from collections.abc import Mapping

import httpx


class MappedTransport(httpx.AsyncBaseTransport):
    """Connects to another address for some hosts; Host header and TLS name stay those of the URL."""

    def __init__(self, inner: httpx.AsyncBaseTransport, addresses: Mapping[str, str]) -> None:
        self._inner = inner
        self._addresses = addresses

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = self._addresses.get(request.url.host)
        if address is not None:
            request.extensions["sni_hostname"] = request.url.host
            request.url = _at(request.url, address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _at(url: httpx.URL, address: str) -> httpx.URL:
    host, _, port = address.partition(":")
    return url.copy_with(host=host, port=int(port) if port else url.port)

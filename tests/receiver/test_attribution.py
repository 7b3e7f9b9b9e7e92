"""Which relying party a request is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.receiver import RelyingPartySite
from conformance.receiver.directory import NOBODY, Directory, Target
from conformance.receiver.urls import Address, address, addressed

SITE = RelyingPartySite(
    key="near.rp1",
    redirect_uris=["https://rp1.test/callback", "myApp://callback/"],
    post_logout_redirect_uris=[
        "https://rp1.test/out",
        "https://rp1.test/out?kind=a",
        "http://rp1.test:8080/",
    ],
    frontchannel_logout_uri="https://rp1.test/fc?rp=1",
    backchannel_logout_uri="https://tunnel.example/hook/near.rp1/backchannel-logout",
    hosts=["rp1.test.evil.example", "http://other.example:81"],
)


def directory(*sites: RelyingPartySite, public: str = "https://tunnel.example/hook") -> Directory:
    made = Directory()
    made.public = address(public) or made.public
    for site in sites or (SITE,):
        made.open(site)
    return made


def attributed(url: str, body: str = "", book: Directory | None = None) -> Target:
    where = address(url)
    assert where is not None
    return (book or directory()).attribute(where, body)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://rp1.test/callback?code=1&state=2", "redirect_uri"),
        ("https://RP1.test:443/callback", "redirect_uri"),
        ("https://rp1.test/out", "post_logout"),
        ("https://rp1.test/out?state=x", "post_logout"),
        ("http://rp1.test:8080", "post_logout"),
        ("https://rp1.test/fc?rp=1&iss=i&sid=s", "frontchannel"),
        ("https://tunnel.example/hook/near.rp1/backchannel-logout", "backchannel"),
        ("https://rp1.test/out/", "other"),
        ("https://rp1.test/OUT", "other"),
        ("https://rp1.test/%6Fut", "other"),
        ("http://rp1.test/out", "other"),
        ("https://rp1.test:444/out", "other"),
        ("https://rp1.test./out", "other"),
        ("https://rp1.test.evil.example/out", "other"),
        ("http://other.example/", "other"),
        ("https://tunnel.example/hook/near.rp1/elsewhere", "other"),
    ],
)
def test_a_url_belongs_to_its_site(url, endpoint):
    assert attributed(url) == ("near.rp1", endpoint)


@pytest.mark.parametrize(
    "url", ["https://rp2.test/callback", "https://evil.example/", "https://tunnel.example/hook/near.rp10/x"]
)
def test_what_is_nobodys_belongs_to_nobody(url):
    assert attributed(url) == NOBODY


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9000/near.rp1/backchannel-logout",  # a tunnel that cuts the path off
        "http://host.docker.internal:9000/hook/near.rp1/backchannel-logout",
        "https://127.0.0.1:9000/near.rp1/backchannel-logout?x=1",
    ],
)
def test_a_back_channel_behind_a_proxy_is_known_by_its_path(url):
    assert attributed(url) == ("near.rp1", "backchannel")


def test_the_site_opened_last_has_a_shared_url():
    later = RelyingPartySite(key="later.rp1", redirect_uris=["https://rp1.test/callback"])
    book = directory(SITE, later)
    assert attributed("https://rp1.test/callback", book=book) == ("later.rp1", "redirect_uri")
    assert attributed("https://rp1.test/out", book=book) == ("near.rp1", "post_logout")
    assert attributed("https://rp1.test/near-miss", book=book) == ("later.rp1", "other")


@pytest.mark.parametrize(
    ("query", "body", "endpoint"),
    [
        ("?code=c&state=s&iss=i", "", "redirect_uri"),
        ("?error=login_required", "", "redirect_uri"),
        ("", "code=c&state=s", "redirect_uri"),
        ("?iss=i&sid=s", "", "frontchannel"),
        ("?state=s", "", "post_logout"),
        ("", "", "post_logout"),
    ],
)
def test_one_uri_for_all_is_told_apart_by_parameters(query, body, endpoint):
    one = "https://rp.test/"
    site = RelyingPartySite(
        key="k", redirect_uris=[one], post_logout_redirect_uris=[one], frontchannel_logout_uri=one
    )
    assert attributed(one + query, body, directory(site)) == ("k", endpoint)


def test_a_registered_query_tells_endpoints_apart():
    site = RelyingPartySite(
        key="k",
        redirect_uris=["https://rp.test/?at=login"],
        post_logout_redirect_uris=["https://rp.test/?at=logout"],
    )
    book = directory(site)
    assert attributed("https://rp.test/?at=logout&state=s&code=1", book=book).endpoint == "post_logout"
    assert attributed("https://rp.test/?at=login&code=1", book=book).endpoint == "redirect_uri"


def test_loopback_hosts_are_told_apart_by_port():
    site = RelyingPartySite(key="k", redirect_uris=["http://localhost:4200/cb"])
    book = directory(site, public="https://localhost:9000")
    assert attributed("http://localhost:4200/x", book=book) == ("k", "other")
    assert attributed("http://localhost:3000/cb", book=book) == NOBODY


def test_addresses_keep_path_and_query_as_they_are():
    assert address("https://B\u00dcCHER.test/a%2fb/\u00e9?q=%20+") == Address(
        "https", "xn--bcher-kva.test", 443, "/a%2fb/%C3%A9", "q=%20+"
    )
    assert addressed("http", "rp1.test:81", "/a?") == "http://rp1.test:81/a?"
    assert addressed("http", "rp1.test", "https://evil.example/a") == "https://evil.example/a"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_url_is_too_odd_to_be_looked_up(host, target):
    where = address(addressed("https", host, target))
    assert where is None or directory().attribute(where, target).endpoint

"""Real Chromium: virtual hosts arrive, as they were addressed."""

from conformance.receiver import Answer, Receiver, RelyingPartySite
from tests.receiver.support import KEY, PATIENCE, browser_page, in_loop, receiver

SITE = RelyingPartySite(
    key=KEY,
    redirect_uris=[
        "https://app.example.com/callback",
        "https://rp1.test:8443/a/b",
        "http://localhost:4200/cb",
    ],
    post_logout_redirect_uris=["http://plain.example.com/signed-out", "http://rp1.test:8080/signed-out"],
    frontchannel_logout_uri="https://app.example.com/frontchannel-logout?rp=1",
    hosts=["app.example.com.evil.example", "app.example.com."],
)


async def visit(listening: Receiver, *urls: str) -> list[str]:
    """Loads URLs one after the other, and tells what arrived as "endpoint url"."""
    async with browser_page(listening.chromium_arguments()) as page:
        for url in urls:
            await page.goto(url)
    return [f"{seen.endpoint} {seen.url}" for seen in listening.seen(KEY)]


@in_loop
async def test_a_redirect_to_a_production_host_arrives():
    async with receiver() as listening:
        listening.open(SITE)
        to = [("Location", "https://app.example.com/callback?code=a%20b&state=")]
        listening.script(KEY, "post_logout", Answer(status=302, headers=to))
        assert await visit(listening, "http://plain.example.com/signed-out") == [
            "post_logout http://plain.example.com/signed-out",
            "redirect_uri https://app.example.com/callback?code=a%20b&state=",
        ]


@in_loop
async def test_explicit_ports_plain_http_and_loopback_arrive():
    async with receiver() as listening:
        listening.open(SITE)
        urls = [
            "https://rp1.test:8443/a/b?x=1",
            "http://rp1.test:8080/signed-out",
            "http://localhost:4200/cb",
        ]
        assert await visit(listening, *urls) == [
            "redirect_uri https://rp1.test:8443/a/b?x=1",
            "post_logout http://rp1.test:8080/signed-out",
            "redirect_uri http://localhost:4200/cb",
        ]


@in_loop
async def test_near_misses_arrive_as_other():
    async with receiver() as listening:
        listening.open(SITE)
        urls = [
            "http://app.example.com/callback",
            "https://app.example.com:444/callback/",
            "https://app.example.com.evil.example/callback",
            "https://app.example.com./callback",
            "https://rp1.test:8443/%61/b",
        ]
        assert await visit(listening, *urls) == [f"other {url}" for url in urls]


@in_loop
async def test_a_cross_site_iframe_arrives():
    async with receiver() as listening:
        listening.open(SITE)
        listening.open(RelyingPartySite(key="case.op", redirect_uris=["https://op.test/"]))
        iframe = (
            '<iframe src="https://app.example.com/frontchannel-logout?rp=1&amp;iss=i&amp;sid=s"></iframe>'
        )
        framing = listening.page("case.op", "/frames", iframe)
        assert await visit(listening, framing) == [
            "frontchannel https://app.example.com/frontchannel-logout?rp=1&iss=i&sid=s"
        ]
        seen = listening.seen(KEY)[0]
        assert (seen.header("sec-fetch-site"), seen.header("sec-fetch-dest")) == ("cross-site", "iframe")


@in_loop
async def test_a_form_is_posted_from_a_virtual_host():
    async with receiver() as listening:
        listening.open(SITE)
        form = (
            '<form method="post" action="https://rp1.test:8443/a/b"><input name="x" value="é"></form>'
            "<script>document.forms[0].submit()</script>"
        )
        url = listening.page(KEY, "/form", form)
        async with browser_page(listening.chromium_arguments()) as page:
            await page.goto(url)
            assert await listening.wait_for(KEY, "redirect_uri", timeout=PATIENCE)
        seen = listening.seen(KEY, "redirect_uri")[0]
        assert (seen.method, seen.body.text) == ("POST", "x=%C3%A9")
        assert seen.header("origin") == "https://app.example.com"

"""A made-up run with failures of several kinds, as results and evidence.

``python tests/reports/made_up.py`` writes it to fixtures/results/acme; the tests read it from there.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conformance.evidence import events as ev
from conformance.evidence.store import encode, write_atomically, write_index, write_scenario
from conformance.requirements import catalogue
from conformance.requirements.model import Requirement
from conformance.results import (
    CaseFinding,
    EvidenceRef,
    RequirementResult,
    Results,
    SpecificationResult,
    WaiverNote,
)

FOLDER = Path(__file__).parents[2] / "fixtures" / "results" / "acme"
OP = "https://id.acme.example"
BEGAN = "2026-03-09T14:02:11.000000Z"
BEGAN_AT = 1773064931
EVENT = "http://schemas.openid.net/event/backchannel-logout"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
HTML = ("Content-Type", "text/html; charset=utf-8")


def rp_host(rp: str) -> str:
    return f"https://{rp}.test"


def client(id: int, at: float, rp: str, *, front: bool = False, back: bool = False) -> ev.Client:
    home = rp_host(rp)
    metadata: dict[str, Any] = {
        "redirect_uris": [f"{home}/callback"],
        "post_logout_redirect_uris": [f"{home}/loggedout"],
    }
    if front:
        metadata["frontchannel_logout_uri"] = f"{home}/frontchannel"
    if back:
        metadata["backchannel_logout_uri"] = f"{home}/backchannel"
    uses = [value if isinstance(value, str) else value[0] for value in metadata.values()]
    return ev.Client(id=id, at=at, rp=rp, client_id=f"{rp}-7f3a", dynamic=True, metadata=metadata, uses=uses)


def id_token(id: int, at: float, rp: str, sid: str, sub: str = "u-4711") -> ev.Token:
    claims = {
        "iss": OP, "sub": sub, "aud": f"{rp}-7f3a", "iat": BEGAN_AT + int(at), "exp": BEGAN_AT + int(at) + 300,
        "auth_time": BEGAN_AT + 1, "sid": sid, "nonce": f"n-{rp}",
    }  # fmt: skip
    return ev.Token(
        id=id, at=at, kind="id_token", rp=rp, agent="browser 1", login=f"login {rp}", digest=f"d{id}",
        header={"alg": "RS256", "kid": "2026-01"}, claims=claims,
        signature=ev.Signature(verified=True, alg="RS256", kid="2026-01", thumbprint="NzbLsXh8uDCc", candidates=1),
    )  # fmt: skip


def logout_token(id: int, at: float, rp: str, source: int, case: str = "") -> ev.Token:
    claims = {
        "iss": OP, "aud": f"{rp}-7f3a", "iat": BEGAN_AT + int(at), "jti": "4b1f0c9e", "sub": "u-4711", "sid": "s-81c2",
        "events": {EVENT: {}},
    }  # fmt: skip
    return ev.Token(
        id=id, at=at, case=case, kind="logout_token", rp=rp, digest=f"d{id}", raw="eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjYtMDEifQ.eyJpc3MiOiJodHRwczovL2lkLmFjbWUuZXhhbXBsZSJ9.made-up",
        header={"alg": "RS256", "kid": "2026-01", "typ": "logout+jwt"}, claims=claims, source=source,
        signature=ev.Signature(verified=True, alg="RS256", kid="2026-01", thumbprint="NzbLsXh8uDCc", candidates=1),
    )  # fmt: skip


def login(id: int, at: float, rp: str, *, asked: bool) -> ev.Login:
    return ev.Login(
        id=id, at=at, agent="browser 1", rp=rp, user="user1", login=f"login {rp}", outcome="code",
        credentials_asked=asked, nonce=f"n-{rp}", sub="u-4711",
    )  # fmt: skip


def probe(id: int, at: float, when: str, outcome: Any, answer: str, case: str = "") -> ev.Probe:
    return ev.Probe(
        id=id, at=at, case=case, agent="browser 1", witness="rp2", when=when, outcome=outcome,
        method="prompt=none", answer=answer, sub="u-4711" if outcome == "alive" else "",
    )  # fmt: skip


def exchange(id: int, at: float, method: str, url: str, status: int | None, **more: Any) -> ev.Exchange:
    location = more.pop("location", "")
    headers = [*more.pop("headers", [HTML, ("Cache-Control", "no-store")])]
    if location:
        headers.append(("Location", location))
    more.setdefault("request_headers", [("Accept", "text/html"), ("Cookie", "acme_session=[redacted 1]")])
    return ev.Exchange(
        id=id, at=at, sender="browser", agent="browser 1", method=method, url=url, status=status,
        response_headers=headers, seconds=0.041, **more,
    )  # fmt: skip


def two_rps() -> ev.ScenarioEvidence:
    """RP1 is told by back-channel and the token has no exp; RP2 hears nothing."""
    query = "id_token_hint=[ID Token 1]&post_logout_redirect_uri=https%3A%2F%2Frp1.test%2Floggedout&state=af0ifjsldkj"
    url = f"{OP}/session/end?{query}"
    log: list[ev.AnyEvent] = [
        ev.Environment(id=1, at=3.0, browser="Chromium 141.0", third_party_cookies="blocked"),
        ev.Clock(id=2, at=3.01, offset=-0.4, uncertainty=0.5),
        client(3, 3.1, "rp1", back=True),
        client(4, 3.2, "rp2", back=True),
        login(5, 4.9, "rp1", asked=True),
        id_token(6, 5.0, "rp1", "s-81c2"),
        login(7, 5.4, "rp2", asked=False),
        id_token(8, 5.5, "rp2", "s-81c2"),
        probe(9, 5.8, "before", "alive", "code"),
        ev.Logout(
            id=10, at=6.0, agent="browser 1", rp="rp1", method="GET", endpoint=f"{OP}/session/end", hint="genuine",
            post_logout_redirect_uri="https://rp1.test/loggedout", state="af0ifjsldkj", answer="yes",
            parameters=[("state", "af0ifjsldkj")],
        ),
        exchange(
            11, 6.002, "GET", url, 200, purpose="logout",
            response_body=ev.Body(text="<form method=post action=/session/end/confirm>\n  <p>Do you want to sign out of Acme ID?</p>\n  <button name=logout value=yes>Yes, sign me out</button>\n</form>", size=2144),
        ),
        ev.Page(
            id=12, at=6.12, agent="browser 1", url=url, kind="confirmation", title="Sign out?", status=200,
            reasons=["a form with a button named logout"], screenshot="logout_at_two_rps-12.png", source=11,
        ),
        ev.Answer(id=13, at=6.31, agent="browser 1", choice="yes", control="Yes, sign me out"),
        ev.Arrival(
            id=14, at=6.388, rp="rp1", endpoint="backchannel", method="POST", url="https://rp1.test/backchannel",
            headers=[("Host", "rp1.test"), FORM, ("User-Agent", "acme-id/8.2"), ("Content-Length", "611")],
            body=ev.Body(text="logout_token=eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjYtMDEifQ.eyJpc3MiOiJodHRwczovL2lkLmFjbWUuZXhhbXBsZSJ9.made-up", size=611),
            answer=200, answered_at=6.39, peer="203.0.113.9:55012",
        ),
        logout_token(15, 6.388, "rp1", 14),
        exchange(
            16, 6.33, "POST", f"{OP}/session/end/confirm", 303, purpose="answer",
            location="https://rp1.test/loggedout?state=af0ifjsldkj",
            request_headers=[FORM, ("Origin", OP), ("Cookie", "acme_session=[redacted 1]")],
            request_body=ev.Body(text="logout=yes&csrf=[redacted 2]", size=43),
        ),
        ev.Arrival(
            id=17, at=6.45, rp="rp1", endpoint="post_logout", method="GET",
            url="https://rp1.test/loggedout?state=af0ifjsldkj", headers=[("Host", "rp1.test")], answer=200,
            answered_at=6.451, peer="127.0.0.1:41002",
        ),
        probe(18, 6.9, "after", "ended", "login_required"),
        ev.Watch(id=19, at=20.6, what="back-channel of rp2", seconds=14.2, saw=0),
    ]  # fmt: skip
    return scenario("logout_at_two_rps", 3.0, log)


MISSES = (
    ("trailing slash", "https://rp1.test/loggedout/", 400),
    ("other case in the host", "https://RP1.test/loggedout", 400),
    ("query added", "https://rp1.test/loggedout?next=https%3A%2F%2Felsewhere.test", 303),
    ("path as prefix", "https://rp1.test/loggedout/../other", 400),
    ("port added", "https://rp1.test:8443/loggedout", 303),
    ("http in place of https", "http://rp1.test/loggedout", 400),
)


def near_misses() -> ev.ScenarioEvidence:
    """Six addresses that almost equal the registered one; two are followed."""
    log: list[ev.AnyEvent] = [client(1, 30.0, "rp1"), login(2, 30.6, "rp1", asked=True), id_token(3, 30.7, "rp1", "s-90aa")]
    for number, (case, target, status) in enumerate(MISSES):
        log += near_miss(10 * (number + 1), 31.0 + number, case, target, status)
    return scenario("near_misses", 30.0, log)


def near_miss(id: int, at: float, case: str, target: str, status: int) -> list[ev.AnyEvent]:
    url = f"{OP}/session/end?id_token_hint=[ID Token 1]&post_logout_redirect_uri={target.replace(':', '%3A').replace('/', '%2F')}"
    followed = status == 303
    log: list[ev.AnyEvent] = [
        probe(id, at, "before", "alive", "code", case),
        ev.Logout(
            id=id + 1, at=at + 0.1, case=case, agent="browser 1", rp="rp1", method="GET", hint="genuine",
            endpoint=f"{OP}/session/end", post_logout_redirect_uri=target, answer="leave",
        ),
        exchange(
            id + 2, at + 0.101, "GET", url, status, purpose="logout", case=case, location=target if followed else "",
            response_body=ev.Body() if followed else ev.Body(text="post_logout_redirect_uri is not registered", size=42),
        ),
    ]  # fmt: skip
    if followed:
        log.append(
            ev.Arrival(
                id=id + 3, at=at + 0.16, case=case, rp="rp1", endpoint="other", method="GET", url=target,
                headers=[("Host", "rp1.test")], answer=404, answered_at=at + 0.161,
            )
        )  # fmt: skip
    else:
        log.append(
            ev.Page(id=id + 3, at=at + 0.2, case=case, agent="browser 1", url=url, kind="error", title="Bad request", status=400)
        )
    return log


def front_channel() -> ev.ScenarioEvidence:
    """Both relying parties are told by iframe, one after the other."""
    page = f"{OP}/session/end/frames"
    log: list[ev.AnyEvent] = [
        client(1, 50.0, "rp1", front=True),
        client(2, 50.1, "rp2", front=True, back=True),
        client(3, 50.2, "rp3", front=True),
        login(4, 51.0, "rp1", asked=True),
        login(5, 51.5, "rp2", asked=False),
        ev.Logout(id=6, at=52.0, agent="browser 1", rp="rp1", method="POST", endpoint=f"{OP}/session/end", hint="genuine", answer="yes"),
        exchange(7, 52.01, "POST", f"{OP}/session/end", 303, purpose="logout", location=page),
        exchange(8, 52.06, "GET", page, 200, purpose="logout"),
        ev.Page(id=9, at=52.1, agent="browser 1", url=page, kind="frontchannel", title="Signing out", frames=["https://rp1.test/frontchannel"]),
        *(
            ev.Arrival(
                id=10 + number, at=52.2 + 2.1 * number, rp=rp, endpoint="frontchannel", method="GET",
                url=f"https://{rp}.test/frontchannel?iss=https%3A%2F%2Fid.acme.example&sid=s-81c2",
                headers=[("Host", f"{rp}.test"), ("Sec-Fetch-Dest", "iframe"), ("Sec-Fetch-Site", "cross-site")],
                answer=200, answered_at=54.2 + 2.1 * number,
            )
            for number, rp in enumerate(("rp1", "rp2"))
        ),
        ev.Watch(id=14, at=61.0, what="front-channel of rp3", seconds=9.0, saw=0),
    ]  # fmt: skip
    return scenario("front_channel_at_two_rps", 50.0, log)


def iframe() -> ev.ScenarioEvidence:
    """The control of the session iframe did not hold."""
    log: list[ev.AnyEvent] = [
        client(1, 70.0, "rp1"),
        login(2, 70.5, "rp1", asked=True),
        exchange(3, 71.0, "GET", f"{OP}/session/check", 200, destination="iframe", purpose="check_session"),
        ev.Gap(id=4, at=75.0, kind="inconclusive", reason="The iframe of the provider did not answer postMessage.", detail="No message in 4.0 s; storage access in third-party frames was blocked."),
    ]  # fmt: skip
    return scenario("check_session_iframe", 70.0, log)


def scenario(name: str, offset: float, log: list[ev.AnyEvent]) -> ev.ScenarioEvidence:
    return ev.ScenarioEvidence(
        schema_version=ev.SCHEMA_VERSION, scenario=name, started=clock(offset), finished=clock(log[-1].at), status="complete",
        offset=offset, events=log,
    )  # fmt: skip


def clock(offset: float) -> str:
    minutes, seconds = divmod(11 + offset, 60)
    return f"2026-03-09T14:{2 + int(minutes):02d}:{seconds:09.6f}Z"


SCENARIOS = (two_rps, near_misses, front_channel, iframe)
MAIN = EvidenceRef(scenario="logout_at_two_rps", events=[14, 15])

# id: what differs from a plain pass
FOUND: dict[str, dict[str, Any]] = {
    "RPI-3-05": {
        "verdict": "fail",
        "reason": "Two of six near misses of the registered address were followed: one with a query added, one with a port added.",
        "expected": "No request and no Location goes to an address that is not registered character by character.",
        "observed": "303 with Location: https://rp1.test/loggedout?next=https%3A%2F%2Felsewhere.test",
        "scenarios": ["near_misses"],
        "cases": [
            CaseFinding(
                case=case, finding="broken" if status == 303 else "held", expected="no redirect",
                observed=f"{status}, Location: {target}" if status == 303 else f"{status}, error page, no Location",
                evidence=[EvidenceRef(scenario="near_misses", case=case, events=[10 * (number + 1) + 2])],
            )
            for number, (case, target, status) in enumerate(MISSES)
        ],
    },
    "BCL-2.3-01": {
        "verdict": "fail",
        "reason": "RP2, where the user was logged in too, was not told of the logout, although RP1 was and the session ended.",
        "expected": "A Logout Token arrives at RP2, which did not start the logout.",
        "observed": "None at RP2 within 14.2 s; one at RP1 after 388 ms.",
        "evidence": [EvidenceRef(scenario="logout_at_two_rps", events=[19, 14])],
    },
    "RPI-2-37a": {"verdict": "fail", "reason": "RP2 registered for back-channel logout and was not notified.", "expected": "A Logout Token at RP1 and at RP2.", "observed": "One at RP1, none at RP2 within 14.2 s.", "evidence": [EvidenceRef(scenario="logout_at_two_rps", events=[19])]},
    "BCL-2.4-04": {
        "verdict": "fail",
        "reason": "The Logout Token has no exp claim.",
        "expected": "exp is a JSON number later than the arrival of the token.",
        "observed": "exp is absent from the Logout Token that reached RP1.",
        "evidence": [EvidenceRef(scenario="logout_at_two_rps", events=[15, 14])],
    },
    "BCP-4.11.2-01": {"verdict": "fail", "reason": "The logout endpoint redirects to an address that is not registered.", "expected": "No open redirector.", "observed": "303 to an address with a query added.", "evidence": [EvidenceRef(scenario="near_misses", case="query added", events=[32])]},
    "FCL-3-02": {
        "verdict": "warning",
        "reason": "The second relying party was contacted only after the first had answered.",
        "expected": "Both requests are under way at the same time.",
        "observed": "RP2 was requested 2 100 ms after RP1, 100 ms after RP1 had answered.",
        "evidence": [EvidenceRef(scenario="front_channel_at_two_rps", events=[10, 11])],
    },
    "BCL-2.1-04": {"verdict": "warning", "reason": "backchannel_logout_session_supported is missing from the metadata.", "expected": "The member is published.", "observed": "The member is absent."},
    "RPI-2-21": {"verdict": "waived", "reason": "ui_locales=xx causes an error page.", "expected": "The page in another language.", "observed": "400 invalid_request", "waiver": WaiverNote(reason="Known to the vendor, fixed in 8.3", expires="2026-06-30", verdict="warning")},
    "SM-3.2-09": {"verdict": "inconclusive", "reason": "The session iframe never answered, so it cannot be said whether a matching value is answered with unchanged.", "expected": "unchanged", "observed": "No message in 4.0 s.", "enable": "browser:\n  third_party_cookies: allowed", "evidence": [EvidenceRef(scenario="check_session_iframe", events=[4])]},
    "SM-3.2-11": {"verdict": "inconclusive", "reason": "The session iframe never answered.", "evidence": [EvidenceRef(scenario="check_session_iframe", events=[4])]},
    "BCL-2.4-09": {"verdict": "note", "does": "does", "reason": "The Logout Token has sub.", "evidence": [MAIN]},
    "RPI-4-05": {"verdict": "note", "does": "does", "reason": "The error page says that the address is not registered."},
    "BCL-2.3-02": {"verdict": "note", "does": "does not", "reason": "One request only was seen."},
}  # fmt: skip

NOT_TESTED = {
    "two_users": ("Needs a second user.", "users:\n  user2:\n    username: …\n    password: {env: SECOND_PASSWORD}"),
    "native_client": ("Needs a client with a custom scheme.", "clients:\n  native:\n    redirect_uri: com.example.app:/callback"),
    "refresh_tokens": ("Needs a client that is given refresh tokens.", "scope: openid offline_access"),
}
ABSENT = {"id_token_encryption", "symmetric_id_token_encryption", "alg_none_advertised", "ui_locales_advertised"}


def result(row: Requirement, place: int) -> RequirementResult:
    """What came of one row: as in FOUND, or not possible, or a plain pass."""
    found: dict[str, Any] = {"scenarios": [ref.scenario for ref in FOUND.get(row.id, {}).get("evidence", [])]}
    found |= FOUND.get(row.same_as or row.id) or FOUND.get(row.id) or usual(row, place)
    return RequirementResult(
        id=row.id, spec=row.spec, section=row.section, level=row.level, basis=row.basis, statement=row.statement,
        same_as=row.same_as or "", **found,
    )  # fmt: skip


def usual(row: Requirement, place: int) -> dict[str, Any]:
    if row.excluded:
        return {"verdict": "excluded", "reason": row.excluded}
    if ABSENT & set(row.applies) or row.spec == "revocation":
        return {"verdict": "not_applicable", "reason": "The metadata of the provider does not offer it."}
    for condition, (reason, enable) in NOT_TESTED.items():
        if condition in row.applies:
            return {"verdict": "not_tested", "reason": reason, "enable": enable}
    if place % 9 == 4:
        return {"verdict": "planned"}
    if row.power == "may":
        return {"verdict": "note", "does": "does not", "reason": "Not seen in this run."}
    return {
        "verdict": "pass", "observed": row.held or "As the row that it repeats.", "scenarios": [MAIN.scenario],
        "evidence": [EvidenceRef(scenario=MAIN.scenario, events=[11, 14, 18])],
    }  # fmt: skip


def specification(id: str, rows: Iterable[RequirementResult]) -> SpecificationResult:
    spec = catalogue().specifications[id]
    counts = Counter(row.verdict for row in rows)
    musts = [row for row in rows if row.verdict == "inconclusive" and row.level.startswith("MUST")]
    verdict: Any = "conformant with warnings" if counts["warning"] else "conformant"
    verdict = "incomplete" if musts else verdict
    verdict = "non-conformant" if counts["fail"] else verdict
    verdict = "not offered" if id == "revocation" else verdict
    return SpecificationResult(id=id, title=spec.title, role=spec.role, verdict=verdict, counts=dict(counts))


def results() -> Results:
    rows = [row for row in catalogue().requirements.values() if row.binds_provider]
    judged = [result(row, place) for place, row in enumerate(rows)]
    specs = [specification(id, [row for row in judged if row.spec == id]) for id in catalogue().specifications]
    return Results(
        schema_version=1, suite_version="0.1.0", catalogue="sha256:9c41d0f1e2c8a7b35566d7a1", provider="Acme ID 8.2", issuer=OP,
        started=BEGAN, finished="2026-03-09T14:03:52.410000Z", complete=True, overall="non-conformant", exit_code=1,
        specifications=specs, requirements=judged, left_over=["client rp3-7f3a: DELETE was answered 403"], unattributed=1,
        environment={"python": "3.11.7", "platform": "Linux x86_64", "browser": "Chromium 141.0", "third-party cookies": "blocked", "receiver": {"listen": "0.0.0.0:8443", "reachable": "proven by an arrival"}},
        config="acme.yaml",
    )  # fmt: skip


def run() -> ev.Run:
    stray = ev.Arrival(id=1, at=44.2, rp="", endpoint="other", method="GET", url="https://rp1.test/favicon.ico", peer="203.0.113.77:4021", answer=404)
    return ev.Run(
        schema_version=ev.SCHEMA_VERSION, suite_version="0.1.0", provider="Acme ID 8.2", issuer=OP, started=BEGAN,
        finished="2026-03-09T14:03:52.410000Z", complete=True, scenarios=[make().scenario for make in SCENARIOS], unattributed=[stray],
        config={"provider": {"name": "Acme ID 8.2", "issuer": OP}, "users": {"user1": {"username": "[redacted]", "password": "[redacted]"}}, "i_may_test": True},
        left_over=["client rp3-7f3a: DELETE was answered 403"],
    )  # fmt: skip


def picture() -> bytes:
    """A screenshot of the made-up confirmation page."""
    from playwright.sync_api import sync_playwright

    page_html = """<body style="font:16px system-ui;margin:0;background:#eef2f6"><div style="background:#fff;width:380px;
    margin:48px auto;padding:32px;border-radius:12px"><h1 style="font-size:22px;margin:0 0 12px">Sign out?</h1>
    <p>Do you want to sign out of Acme ID?</p><button style="font:inherit;padding:8px 16px">Yes, sign me out</button>
    <button style="font:inherit;padding:8px 16px">Stay signed in</button></div>"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport={"width": 560, "height": 330})
        page.set_content(page_html)
        return page.screenshot()


def write(folder: Path, screenshot: bytes) -> None:
    write_atomically(folder / "results.json", encode(results()))
    write_index(folder / "evidence", run())
    for make in SCENARIOS:
        evidence = make()
        files = {"logout_at_two_rps-12.png": screenshot} if make is two_rps else {}
        write_scenario(folder / "evidence", evidence, files)


if __name__ == "__main__":
    write(FOLDER, picture())

"""What must not reach a file does not; what checks need stays."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence.redaction import Redactor

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("code=SplxlOBeZQQYbYS6WxSbIA&state=af0", "SplxlOBeZQQYbYS6WxSbIA", "state=af0"),
        (f"id_token_hint={JWT}&state=1", "c2lnbmF0dXJl", "state=1"),
        ('{"access_token": "2YotnFZFEjr1zCsicMWpAA", "expires_in": 3600}', "2YotnFZFEjr1zCsicMWpAA", "3600"),
        ('{"email": "jane@example.com", "sub": "248289761001"}', "jane@example.com", "248289761001"),
        ("grant_type=password&password=hunter2&username=a", "hunter2", "username=a"),
        (
            "client_secret=ZJYCqe3GGRvdrudKyZS0XhGv_Z45DuKhCUk0gBR1vZk",
            "ZJYCqe3GGRvdrudKyZS0XhGv",
            "client_secret=",
        ),
    ],
)
def test_secrets_go_and_the_rest_stays(text: str, gone: str, kept: str) -> None:
    redacted = Redactor().text(text)
    assert gone not in redacted
    assert kept in redacted


def test_a_known_secret_goes_wherever_it_stands() -> None:
    redactor = Redactor()
    for secret in ("wonderland-2026", "p+w/x=y z!longer"):
        redactor.secret(secret, "password")
    text = "a wonderland-2026 b=p%2Bw%2Fx%3Dy%20z%21longer c=p%2Bw%2Fx%3Dy+z%21longer %3Dwonderland-2026%26"
    redacted = redactor.text(text)
    assert "wonderland" not in redacted
    assert "longer" not in redacted


def test_a_short_secret_does_not_garble_the_evidence() -> None:
    redactor = Redactor()
    redactor.secret("abc", "password")
    assert (
        redactor.text("password2=abc&x=abcd abc-tests")
        == f"password2={redactor.placeholder('password', 'abc')}&x=abcd abc-tests"
    )


def test_equal_secrets_have_equal_placeholders_and_another_run_others() -> None:
    one, other = Redactor(), Redactor()
    assert one.text(f"a {JWT}") == one.text(f"a {JWT}")
    assert one.text(JWT) != other.text(JWT)


def test_what_a_public_document_promises_is_shown() -> None:
    redactor = Redactor()
    redactor.publish(["E-17", 'say "no" ', "login"])
    text = r'{"code": "E-17", "name": "say \"no\" ", "address": "\u0045-17"}'
    assert redactor.text(text) == text
    assert redactor.text("https://rp.test/?code=login") == "https://rp.test/?code=login"
    assert redactor.text('{"code": "E-18"}').startswith('{"code": "[code:')


def test_a_known_secret_goes_though_a_document_promises_it() -> None:
    redactor = Redactor()
    redactor.secret("wonderland", "secret")
    redactor.publish(["wonderland"])
    assert "wonderland" not in redactor.text('{"password": "wonderland", "code": "wonderland"} wonderland')


def test_headers_keep_names_and_attributes() -> None:
    basic = "Basic " + base64.b64encode(b"rp1:secret").decode()
    headers = Redactor().headers(
        [
            ("Authorization", basic),
            ("Set-Cookie", "sid=31d4d96e; Path=/; HttpOnly; SameSite=None"),
            ("Cookie", "a=1; b=2"),
        ]
    )
    text = json.dumps(headers)
    assert "31d4d96e" not in text
    assert basic.split()[1] not in text
    assert "HttpOnly; SameSite=None" in text
    assert headers[2][1].startswith("a=[cookie:")


def test_personal_claims_go_unless_they_are_asked_for() -> None:
    claims = {"sub": "248", "email": "jane@example.com", "name": "Jane Doe", "sid": "1"}
    assert Redactor().personal(claims) == {
        "sub": "248",
        "email": "[personal]",
        "name": "[personal]",
        "sid": "1",
    }
    assert Redactor(keep_pii=True).personal(claims) == claims


@given(st.text(min_size=8, max_size=40), st.text(max_size=60), st.text(max_size=60))
def test_no_text_around_a_secret_lets_it_through(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.secret(secret, "password")
    whole = f"{before} {secret} {after}"
    redacted = redactor.text(whole)
    assert secret not in redacted or secret in f"{before} [] {after}" or "[password:" in secret

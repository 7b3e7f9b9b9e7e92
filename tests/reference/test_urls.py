"""A redirect leads to the URI as it was registered, letter by letter."""

import pytest

from conformance.reference.urls import with_parameters


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://rp.test/cb", "https://rp.test/cb?code=a+b"),
        ("HTTPS://RP.test", "HTTPS://RP.test?code=a+b"),
        ("https://rp.test/cb?", "https://rp.test/cb?code=a+b"),
        ("https://rp.test/cb?x=1&y=%20z", "https://rp.test/cb?x=1&y=%20z&code=a+b"),
        ("https://rp.test/cb?x=1#part", "https://rp.test/cb?x=1&code=a+b#part"),
        ("myApp://callback/", "myApp://callback/?code=a+b"),
        ("myapp:/callback", "myapp:/callback?code=a+b"),
        ("myapp:///callback?x", "myapp:///callback?x&code=a+b"),
    ],
)
def test_parameters_are_added_and_nothing_is_rewritten(uri, expected):
    assert with_parameters(uri, {"code": "a b"}) == expected
    assert with_parameters(uri, {}) == uri

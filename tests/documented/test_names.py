"""The names of a contract in other forms."""

from pathlib import Path

import pytest

from conformance.config.errors import ConfigError
from conformance.documented import names
from conformance.documented.load import SOURCE, load

URL = "https://rp.test:8443/Logged-out?Lang=De#Top"


@pytest.mark.parametrize(
    ("form", "url", "expected"),
    [
        ("path-in-other-case", URL, "https://rp.test:8443/lOGGED-OUT?Lang=De#Top"),
        ("path-in-other-case", "https://a/a", "https://a/A"),
        ("path-in-other-case", "myApp:/Out?x", "myApp:/oUT?x"),
        ("host-in-other-case", URL, "https://RP.TEST:8443/Logged-out?Lang=De#Top"),
        ("host-in-other-case", "myApp:/Out", "myApp:/Out"),
    ],
)
def test_a_value_in_another_form(form: str, url: str, expected: str) -> None:
    text = f"${{redirect_uri:{form}}}"
    assert names.filled(text, {"redirect_uri": url}) == expected
    assert names.used(text) == ["redirect_uri"]


def test_a_form_is_told_in_words() -> None:
    text = "${redirect_uri:path-in-other-case}?x=${state}"
    assert names.spoken(text) == "the redirect uri, its path in other case?x=the state"


def test_a_form_that_changes_nothing_is_told() -> None:
    values = {"redirect_uri": "https://rp.test/1", "issuer": "https://op.test"}
    assert names.unchanged("${redirect_uri:path-in-other-case} ${issuer}", values) == ["redirect_uri"]
    assert names.unchanged("${redirect_uri:host-in-other-case}", values) == []


def test_an_unknown_form_is_told_by_its_line(tmp_path: Path) -> None:
    text = (SOURCE / "auth0.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(":path-in-other-case", ":path-in-other-cases"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the form 'path-in-other-cases'. Did you mean 'path-in"):
        load(path)

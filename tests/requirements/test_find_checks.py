"""Checks are found by their source, without importing it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from conformance.requirements import CheckError, catalogue, find_checks


def write(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(source))
    return path


def test_a_check_is_read_off_its_function(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "deep/test_redirects.py",
        '''\
        import a_module_that_does_not_exist

        @requirement("RPI-3-05")
        @other
        def test_near_miss(near_misses: Sequence[Logout], *, clock: Clock) -> None:
            """A near miss is never followed.

            More.
            """
        ''',
    )
    (check,) = find_checks(tmp_path).values()
    assert (check.id, check.path, check.function, check.line) == ("RPI-3-05", path, "test_near_miss", 5)
    assert check.sentence == "A near miss is never followed."
    assert check.views == ("near_misses", "clock")
    assert check.where == f"{path.as_posix()}:5"
    assert check.node == f"{path.as_posix()}::test_near_miss"


def test_methods_and_qualified_decorators_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        "test_a.py",
        """\
        class TestIt:
            @pytest.mark.requirement("SM-2-01")
            async def test_one(self, login): ...
        """,
    )
    check = find_checks(tmp_path)["SM-2-01"]
    assert (check.views, check.sentence) == (("login",), "")


def test_files_in_the_suite_are_named_from_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.requirements.checks.SUITE", tmp_path / "conformance" / "suite")
    write(tmp_path / "conformance" / "suite", "test_a.py", '@requirement("SM-2-01")\ndef test_one(): ...\n')
    (check,) = find_checks(tmp_path / "conformance" / "suite").values()
    assert check.node == "conformance/suite/test_a.py::test_one"
    assert check.where == "conformance/suite/test_a.py:2"


def test_other_files_and_functions_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, "helpers.py", '@requirement("SM-2-01")\ndef test_one(): ...\n')
    write(tmp_path, "test_a.py", "def requirement(id): ...\ndef test_one(): ...\n")
    write(tmp_path, "test_b.py", "def test_one(): ...\n")
    assert find_checks(tmp_path) == {}


def test_two_checks_of_one_row_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test_a.py", '@requirement("SM-2-01")\ndef test_one(): ...\n')
    write(tmp_path, "test_b.py", '\n@requirement("SM-2-01")\ndef test_two(): ...\n')
    with pytest.raises(CheckError, match=r"test_b\.py:3: SM-2-01 has a check already, at .*test_a\.py:2"):
        find_checks(tmp_path)


@pytest.mark.parametrize(
    "decorators",
    [
        '@requirement("SM-2-01", "SM-2-02")',
        '@requirement("SM-2-01")\n@requirement("SM-2-02")',
        "@requirement(ID)",
        "@requirement()",
        "@requirement(7)",
        '@requirement("SM-2-01", strict=True)',
    ],
)
def test_a_decorator_names_one_row_in_plain_text(tmp_path: Path, decorators: str) -> None:
    write(tmp_path, "test_a.py", f"{decorators}\ndef test_one(): ...\n")
    with pytest.raises(CheckError, match=r"test_a\.py:\d: test_one must name one requirement") as caught:
        find_checks(tmp_path)
    assert len(caught.value.problems) == 1


def test_a_file_that_does_not_parse_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "test_a.py", '@requirement("SM-2-01")\ndef test_one(:\n')
    with pytest.raises(CheckError, match=r"test_a\.py:2: "):
        find_checks(tmp_path)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path, "test_a.py", "@requirement()\ndef test_one(): ...\n\n@requirement()\ndef test_two(): ...\n"
    )
    with pytest.raises(CheckError) as caught:
        find_checks(tmp_path)
    assert len(caught.value.problems) == 2


def test_a_folder_that_is_not_there_has_no_checks(tmp_path: Path) -> None:
    assert find_checks(tmp_path / "none") == {}


def test_the_checks_of_this_suite_belong_to_rows() -> None:
    """Every check names a row that a provider can be held to and that has a finding of its own."""
    source = catalogue()
    for check in find_checks().values():
        row = source[check.id]
        assert row.observable == "yes", check.where
        assert check.sentence, f"{check.where} has no docstring"

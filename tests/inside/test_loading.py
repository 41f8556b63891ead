"""Scripts and notebooks of all sorts: what runs, what is still known after an error, what can be probed."""

from __future__ import annotations

import sys

import pytest
from answering import Answer, answers
from scripts_to_load import SUBMISSIONS


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    return answers(SUBMISSIONS)


def test_every_program_ends_by_itself(asked: dict[str, Answer]):
    assert {name: answer.end for name, answer in asked.items() if answer.end != "exited"} == {}


COMPLETE = (
    "trains",
    "guard",
    "nested",
    "latin",
    "windows",
    "mark",
    "empty",
    "old notebook",
    "empty notebook",
    "siblings",
    "relative",
    "relative, in no folder",
    "in src",
    "scripted",
    "shadows",
    "called as one of Python's",
    "named torch",
    "methods",
    "decorated",
)


@pytest.mark.parametrize("name", COMPLETE)
def test_a_script_that_runs_has_finished_without_an_error(asked: dict[str, Answer], name: str):
    assert (asked[name].errors, asked[name].loaded["finished"]) == ([], True)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads it by itself")
def test_a_file_for_a_newer_python_is_named_before_any_code_of_the_submission_runs(asked: dict[str, Answer]):
    first, second, *_ = asked["newer"].frames

    assert (first.header["kind"], second.header["kind"]) == ("drawn", "newer_python")
    assert second.header["why"].startswith("other.py, line 2: a t-string needs Python 3.14")
    assert not asked["trains"].of_kind("newer_python")


def test_a_script_that_trains_at_import_trains(asked: dict[str, Answer]):
    assert asked["trains"].console.splitlines() == ["epoch 0", "epoch 1"]


def test_an_own_module_is_meant_where_it_has_what_pythons_of_that_name_has_not(asked: dict[str, Answer]):
    assert asked["called as one of Python's"].console.splitlines()[0] == "[6] 4 [8] 3"
    assert asked["called so, in cells"].console.splitlines()[0] == "[6] [8]"


RECORDED = (
    "trains",
    "guard",
    "nested",
    "siblings",
    "named torch",
    "relative",
    "relative, in no folder",
    "in src",
    "scripted",
)


@pytest.mark.parametrize("name", RECORDED)
def test_calls_of_the_submissions_own_are_recorded_and_not_repeated(asked: dict[str, Answer], name: str):
    (call,) = asked[name].calls("run")

    assert (call.header["case"], call.header["complete"], call.header["arguments"]) == ("on", True, {"skip": True})
    assert call.arrays["result"].shape == (2, 4)
    assert asked[name].calls("direct") == []


@pytest.mark.parametrize("name", ["exits", "exits badly", "fails", "definitions"])
def test_functions_that_were_not_called_are_called_after_the_run(asked: dict[str, Answer], name: str):
    assert asked[name].calls("run") == []
    assert [call.header["phase"] for call in asked[name].of_kind("call")] == ["peek", "direct"]
    assert asked[name].calls("direct")[0].arrays["result"].shape == (2, 4)


@pytest.mark.parametrize(
    "name", ["trains", "nested", "exits", "exits badly", "fails", "definitions", "notebook", "siblings"]
)
def test_classes_can_be_built_however_the_run_ended(asked: dict[str, Answer], name: str):
    build = asked[name].build()

    assert build.header.get("error") is None
    assert build.header["class"] == "Net"
    assert build.arrays["output"].shape == (2, 4)


def test_leaving_with_success_is_no_error_and_leaving_with_a_message_is_one(asked: dict[str, Answer]):
    assert asked["exits"].errors == []
    (error,) = asked["exits badly"].errors
    assert (error["kind"], error["message"], error["line"]) == ("SystemExit", "no data found", 11)


def test_an_error_is_told_with_its_line_and_what_follows_is_only_defined(asked: dict[str, Answer]):
    (error,) = asked["fails"].errors

    assert (error["kind"], error["message"], error["line"]) == ("ZeroDivisionError", "division by zero", 11)
    assert asked["fails"].console == "before\n"
    assert not asked["fails"].loaded["finished"]


def test_an_error_inside_a_function_has_the_line_of_the_function(asked: dict[str, Answer]):
    (error,) = asked["fails inside"].errors

    assert (error["kind"], error["line"], error["where"]) == ("KeyError", 2, "work.py")
    assert "line 4" in error["traceback"]


def test_what_misses_a_name_that_an_absent_package_took_away_fails_because_of_the_package(asked: dict[str, Answer]):
    (call,) = asked["package"].calls("direct")

    assert call.header["error"].endswith("NameError: name 'inputs' is not defined\n")
    assert {error["cause"] for error in asked["package"].errors} == {call.header["cause"]} == {"package"}


@pytest.mark.parametrize("name", ["in a module", "in two modules", "in another file"])
def test_what_the_main_file_does_not_define_is_found_in_the_submissions_other_files(
    asked: dict[str, Answer], name: str
):
    assert asked[name].calls("direct")[0].arrays["result"].shape == (2, 4)
    assert [build.header["class"] for build in asked[name].of_kind("build")] == ["Net"]


def test_what_two_other_files_define_is_left_to_a_person(asked: dict[str, Answer]):
    (call,), (build,) = (asked["in two files"].of_kind(kind) for kind in ("call", "build"))

    assert (call.header["cause"], build.header["cause"]) == ("unknown", "unknown")
    assert "get_stats is not defined in work.py, but in new.py and in old.py" in call.header["error"]


def test_what_the_main_file_defines_and_fails_to_is_taken_from_nowhere_else(asked: dict[str, Answer]):
    (build,) = asked["tried in vain"].of_kind("build")

    assert build.header["missing"] is True


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("syntax", ["SyntaxError"]),
        ("no notebook", ["SourceError"]),
        # Which of them depends on the version of Python.
        ("null", ["ValueError", "SyntaxError"]),
        ("deep", ["RecursionError", "MemoryError"]),
    ],
)
def test_what_is_not_python_is_an_error_and_probes_are_answered(asked: dict[str, Answer], name: str, kinds: list[str]):
    (error,) = asked[name].errors

    assert error["kind"] in kinds
    assert asked[name].of_kind("call")[0].header["missing"] is True


def test_a_syntax_error_has_a_line(asked: dict[str, Answer]):
    assert asked["syntax"].errors[0]["line"] == 2


@pytest.mark.parametrize("name", ["fails", "syntax"])
def test_an_error_comes_with_the_lines_about_it(asked: dict[str, Answer], name: str):
    error = asked[name].errors[0]
    first, shown = error["around"]["first"], error["around"]["lines"]

    written = SUBMISSIONS[name].contents()["work.py"].decode().splitlines()
    assert shown == written[first - 1 : first - 1 + len(shown)]
    assert first <= error["line"] < first + len(shown)


def test_definitions_mode_runs_nothing_that_takes_long(asked: dict[str, Answer]):
    assert asked["definitions"].console == ""
    assert asked["definitions"].errors == []
    assert asked["definitions"].of_kind("figures") == []


def test_dataclasses_with_annotations_as_text_can_be_defined(asked: dict[str, Answer]):
    assert asked["future"].errors == []


def test_a_notebook_goes_on_after_an_error_in_a_cell(asked: dict[str, Answer]):
    found = [(error["where"], error["kind"], error["line"]) for error in asked["notebook"].errors]

    assert found == [
        ("work.ipynb, code cell 3", "ZeroDivisionError", 1),
        ("work.ipynb, code cell 4", "SyntaxError", 2),
    ]
    assert asked["notebook"].console.splitlines() == ["torch.Size([2, 4])", "end"]
    assert len(asked["notebook"].calls("run")) == 1


def test_a_notebook_of_format_3_runs(asked: dict[str, Answer]):
    assert asked["old notebook"].console == "3\n"


@pytest.mark.parametrize(("name", "printed"), [("latin", "café"), ("windows", "café –"), ("mark", "café")])
def test_sources_of_any_encoding_run(asked: dict[str, Answer], name: str, printed: str):
    assert asked[name].console == printed + "\n"


def test_functions_in_modules_and_packages_beside_the_main_file_are_recorded(asked: dict[str, Answer]):
    assert asked["siblings"].loaded["functions"] == ["get_stats"]
    assert asked["siblings"].calls("run")[0].header["networks"][0]["class"] == "Net"


def test_files_named_like_installed_modules_shadow_none(asked: dict[str, Answer]):
    assert asked["shadows"].console == "[true]\n"
    assert asked["shadows"].calls("direct")[0].header.get("error") is None


def test_a_main_file_in_a_folder_finds_its_siblings_or_says_what_is_missing(asked: dict[str, Answer]):
    assert asked["in a folder"].console == "found\n"


def test_methods_keep_their_kind_when_they_are_recorded(asked: dict[str, Answer]):
    assert asked["methods"].console == "tensor([1.]) tensor([True])\n"
    assert [call.header["arguments"].get("skip") for call in asked["methods"].calls("run")] == [True, True]


def test_a_decorated_function_is_recorded_with_its_decorators(asked: dict[str, Answer]):
    assert asked["decorated"].calls("run")[0].arrays["result"].tolist() == [2, 2, 2]

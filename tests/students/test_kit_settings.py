"""`grader.toml`, and what of a folder is work."""

import pytest

from grader.students.kit_settings import CONFIG, KitError, config_text, make_kit, read_kit
from grader.students.work import read_work


def test_the_written_configuration_is_read_again(tmp_path):
    (tmp_path / CONFIG).write_text(config_text("epfl_ex09"))

    found = read_kit(tmp_path)

    assert (found.assignment, found.folder, found.checks) == ("epfl_ex09", tmp_path / ".", None)


def test_checks_that_lie_in_the_kit_are_used(tmp_path):
    (tmp_path / ".grader" / "checks" / "small").mkdir(parents=True)

    assert make_kit(tmp_path, "small").checks == tmp_path / ".grader" / "checks"
    assert make_kit(tmp_path, "other").checks is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'expected assignment = "ID", found none'),
        ("assignment = 3", "assignment: expected a text, found int"),
        ('assignment = "a"\nfoldr = "b"', "unknown key 'foldr', expected assignment, folder, checks"),
        ("assignment = ", "expected lines such as"),
        ("\xff", "expected lines such as"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(tmp_path, text, words):
    (tmp_path / CONFIG).write_bytes(text.encode("latin-1"))

    with pytest.raises(KitError) as error:
        read_kit(tmp_path)

    assert words in str(error.value)


def test_all_problems_of_a_configuration_are_told_at_once(tmp_path):
    (tmp_path / CONFIG).write_text("folder = 3\nchecks = 4\n")

    with pytest.raises(KitError) as error:
        read_kit(tmp_path)

    assert all(words in str(error.value) for words in ("folder: expected", "checks: expected", "found none"))


def test_no_configuration_says_how_to_get_one(tmp_path):
    with pytest.raises(KitError, match="hint: `grader starter ASSIGNMENT DIR`"):
        read_kit(tmp_path)


def test_environments_caches_and_hidden_files_are_no_work(tmp_path):
    for name in (
        "work.py",
        "results/more.csv",
        ".venv/lib.py",
        "my env/pyvenv.cfg",
        "my env/lib.py",
        "__pycache__/x.pyc",
        ".hidden",
        CONFIG,
        "conftest.py",
        ".git/config",
        "hand-in/work.zip",
        "results/.ipynb_checkpoints/x.ipynb",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    assert [file.path for file in read_work(tmp_path).files] == ["work.py", "results/more.csv"]


def test_links_are_not_followed(tmp_path):
    (tmp_path / "work.py").write_text("x")
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")

    assert [file.path for file in read_work(tmp_path).files] == ["work.py"]


def test_the_same_work_is_the_same_submission_whenever_it_was_saved(tmp_path):
    (tmp_path / "work.py").write_text("x")
    before = read_work(tmp_path)
    (tmp_path / "work.py").write_text("x")

    assert read_work(tmp_path).sha256 == before.sha256


def test_an_empty_folder_is_no_work(tmp_path):
    with pytest.raises(KitError, match="expected your work, found no files"):
        read_work(tmp_path)


def test_too_much_is_refused_with_a_hint(tmp_path):
    with (tmp_path / "weights.pt").open("wb") as file:
        file.truncate(51 << 20)

    with pytest.raises(KitError, match="hint: move data and weights to another folder"):
        read_work(tmp_path)

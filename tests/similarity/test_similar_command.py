"""`grader similar`: pairs in words, and a page that shows them and does nothing else."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from tiny_course import Course

from grader.cli import main

OWN = "def total(values):\n    result = 0\n    for value in values:\n        result += value * 2\n    return result\n"
OTHER = "def spread(a, b):\n    return [abs(x - y) ** 2 for x, y in zip(a, b)] + [max(a), min(b)]\n"
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(1)>"
TEMPLATE = "def load(path):\n    with open(path) as file:\n        return [line.split(',') for line in file]\n"


@pytest.fixture
def handed_in(tmp_path):
    """bob has ada's program under other names; eve wrote her own; all kept the template."""
    texts = {
        "ada": f"{TEMPLATE}\n{OWN}\n# {HOSTILE}\n",
        "bob <b>": f"{TEMPLATE}\n# mine\n{OWN.replace('value', 'v')}\n# {HOSTILE}",
        "eve": f"{TEMPLATE}\n{OTHER}",
        "ivo": TEMPLATE,
    }
    for student, text in texts.items():
        (tmp_path / "work" / student).mkdir(parents=True)
        (tmp_path / "work" / student / "hw.py").write_text(text)
    (tmp_path / "template.py").write_text(TEMPLATE)
    return tmp_path


def similar(root, *arguments: str):
    out = root / "similar.html"
    command = ["similar", str(root / "work"), "--known", str(root / "template.py"), "--out", str(out), *arguments]
    return CliRunner().invoke(main, command), out


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_copy_comes_first_and_who_kept_the_template_is_in_no_pair(handed_in):
    told, _ = similar(handed_in, "--json")

    found = json.loads(told.stdout)
    assert (found["programs"], found["compared"]) == (4, 6)
    assert found["pairs"][0]["students"] == ["ada", "bob <b>"]
    assert found["pairs"][0]["score"] == 1.0
    assert not [pair for pair in found["pairs"] if "ivo" in pair["students"]]


def test_the_page_shows_code_as_text_and_loads_nothing(handed_in):
    told, out = similar(handed_in)

    assert told.exit_code == 0, told.output
    tags = Tags()
    tags.feed(out.read_text())
    assert not {tag for tag, _ in tags.found} & {"script", "img", "iframe", "link", "object", "form"}
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on") or name == "src"]
    assert all(a["href"].startswith("#") for tag, a in tags.found if tag == "a")
    assert "default-src 'none'" in out.read_text()
    assert "&lt;script&gt;" in out.read_text()


def test_the_page_says_what_it_is_not(handed_in):
    _, out = similar(handed_in)

    assert "no verdict" in out.read_text()


def test_a_page_is_not_written_beside_a_students_grade(handed_in):
    (handed_in / "grade.json").write_text("{}")

    told, out = similar(handed_in)

    assert told.exit_code == 2
    assert "a place that no student sees" in told.output
    assert not out.exists()


def test_results_are_compared_from_where_they_were_graded(tmp_path, monkeypatch):
    course = Course(tmp_path)
    course.submit(ada="12", bob="12")
    course.grade()
    monkeypatch.setenv("GRADER_REFERENCE", str(course.reference))
    before = course.files("grade.json", "gradebook.sqlite", "grades.csv")

    told = CliRunner().invoke(main, ["similar", str(course.out), "--out", str(tmp_path / "s.html")])

    assert told.exit_code == 0, told.output
    assert "2 programs, 1 pair" in told.output
    assert course.files("grade.json", "gradebook.sqlite", "grades.csv") == before

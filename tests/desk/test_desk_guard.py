"""Who may talk to the desk, and what its pages may do."""

from __future__ import annotations

import pytest
from desks import HOST, OURS, Client, TestClient, text_of

from grader.desk import shown_code
from grader.desk.app import app
from grader.desk.desk import Desk
from grader.desk.overview import inside
from grader.desk.serve import Listening, ServeError, hosts_of

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def stranger(desk: Desk, host: str = HOST) -> TestClient:
    return TestClient(app(desk, {HOST}), base_url=f"http://{host}", follow_redirects=False)


def test_without_the_secret_no_page_opens_not_even_a_style_sheet(desk):
    for path in ("/", "/next", "/static/desk.css", "/?key=guessed", "/?key="):
        assert stranger(desk).get(path).status_code == 401


def test_the_secret_leaves_the_address_for_a_cookie_that_scripts_and_other_sites_do_not_get(desk):
    answer = stranger(desk).get(f"/?key={desk.secret}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_another_host_that_was_pointed_here_is_refused_with_the_secret_too(desk):
    for host in ("evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:8001"):
        assert stranger(desk, host).get(f"/?key={desk.secret}").status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
    ],
)
def test_forms_of_other_sites_are_refused(desk, ta, headers):
    data = {"token": desk.token, "names": "Eve"}

    assert ta.http.post("/split", data=data, headers=headers).status_code == 403
    assert not desk.aside.split().names


def test_a_form_counts_only_with_the_desks_token(desk, ta):
    for token in ("", "0" * 32, desk.secret):
        assert ta.http.post("/split", data={"token": token, "names": "Eve"}, headers=OURS).status_code == 403

    ta.post("/split", names="Ada\nBob")
    assert desk.aside.split().names == ("Ada", "Bob")


def test_a_form_that_is_too_large_or_does_not_tell_its_length_is_refused(desk, ta):
    large = ta.http.post("/split", data={"token": desk.token, "names": "x" * (1 << 21)}, headers=OURS)
    endless = ta.http.post("/split", content=iter([b"token=1"]), headers=OURS)

    assert (large.status_code, endless.status_code) == (413, 413)


def test_a_get_changes_nothing(desk, ta, course):
    before = course.files("gradebook.sqlite", "grade.json")
    for path in ("/", "/next", "/search?q=a", f"/mark/style/{ta.code('ada')}", "/suggest?criterion=style&remark=x"):
        ta.http.get(path)

    assert course.files("gradebook.sqlite", "grade.json") == before


def test_every_answer_forbids_inline_scripts_framing_and_guessing_of_types(desk, ta):
    for client, path in ((ta.http, "/"), (ta.http, "/nowhere"), (stranger(desk), "/"), (ta.http, "/static/desk.js")):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_pages_hold_no_inline_script_style_or_handler_and_fetch_nothing_from_elsewhere(ta):
    ta.new_item("Words", "-0.5")
    for path in ("/", f"/mark/style/{ta.code('ada')}", "/item/1", "/search?q=words"):
        page = ta.get(path)
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page
        assert "http://" not in page.replace("http://www.w3.org/", "")
        assert "https://" not in page


def test_what_ta_and_students_write_is_shown_and_never_markup(ta, desk):
    ta.new_item(HOSTILE, "-0.5")
    ta.mark("ada", points="0.5", remark=HOSTILE)

    for path in (f"/mark/style/{ta.code('ada')}", "/item/1", "/search?q=alert"):
        assert "<script>alert" not in ta.get(path)
        assert "<img src=x" not in ta.get(path)
    assert HOSTILE in text_of(ta.get("/item/1").replace("&lt;", "<").replace("&gt;", ">")) or "alert(1)" in ta.get(
        "/item/1"
    )


def test_html_and_svg_of_a_notebook_are_left_out_and_its_text_is_inert():
    cell = {
        "cell_type": "code",
        "source": f"x = '{HOSTILE}'",
        "outputs": [
            {"output_type": "display_data", "data": {"text/html": HOSTILE, "image/svg+xml": "<svg onload=alert(1)/>"}},
            {"output_type": "stream", "text": [HOSTILE, "\x1b[31mred\x1b[0m \u202etxt"]},
            {"output_type": "display_data", "data": {"image/png": "PHN2Zz4="}},
        ],
    }
    import json

    [part] = shown_code.notebook(json.dumps({"cells": [cell]}).encode())

    assert [one.text for one in part.outputs] == [f"{HOSTILE}red ⟨U+202E⟩txt"]
    assert "<script>" not in part.lines[0].code


def test_letters_that_turn_the_direction_of_code_are_spelt_out():
    [part] = shown_code.program("access = 'user\u202e'  # \u200bhidden".encode())

    assert "⟨U+202E⟩" in part.lines[0].code
    assert "⟨U+200B⟩" in part.lines[0].code


def test_a_figure_is_served_as_a_picture_that_can_run_nothing(ta):
    answer = ta.http.get(f"/figure/value/{ta.code('ada')}/0")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert b"<script" not in answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fpyproject.toml",
        "/static/LICENSE-htmx",
        "/mark/style/../../x",
        "/mark/nope/x",
        "/item/0",
        "/item/x",
        "/figure/style/x/1",
        "/output/x/0/1/1",
    ],
)
def test_no_address_reaches_the_disk(ta, path):
    assert ta.http.get(path).status_code == 404


def test_a_page_goes_back_only_to_a_page_of_the_desk():
    assert inside("/mark/a/b") == "/mark/a/b"
    assert {inside(away) for away in ("//evil.example", "/\\evil", "https://evil.example", "")} == {"/"}


def test_it_is_reached_on_this_machine_alone_and_under_the_address_that_was_told():
    assert hosts_of(Listening(), 81) == ["127.0.0.1:81", "localhost:81"]
    assert hosts_of(Listening(address="https://mark.example.org/"), 81)[-1] == "mark.example.org"
    with pytest.raises(ServeError, match="--address"):
        hosts_of(Listening(address="mark.example.org"), 81)


def test_a_login_before_the_desk_says_who_marks_and_nobody_can_say_otherwise(desk, course):
    desk.name_header = "X-User"
    client = Client(desk)
    client.post("/settings", name="Eve", back="/")
    assert "Who marks?" in client.get("/")

    client.http.headers["X-User"] = "Grace Hopper"
    client.mark("ada", points="1", remark="fine")
    assert course.stored()["ada"].grade.marks[-1].by_hand.author == "Grace Hopper"


def test_a_students_name_is_hidden_on_request_everywhere_on_the_page(ta):
    assert '<h1 id="who">ada</h1>' in ta.get(f"/mark/style/{ta.code('ada')}")
    ta.post("/settings", wishes="1", anonymous="1", back="/")

    for path in (f"/mark/style/{ta.code('ada')}", "/search?q=ada", "/"):
        assert "ada<" not in ta.get(path)

"""How a box starts: its arguments, what it may see, and failures to start."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest
from boxes import command, honest_box_works, run

from grader.sandbox import host, matplotlib_fonts, seccomp
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.bubblewrap_arguments import BoxPlan, Descriptors, box_arguments
from grader.sandbox.host import Tree
from grader.sandbox.matplotlib_fonts import FontCache, font_cache_folder, save_font_cache, saved_font_cache
from grader.sandbox.protocol import Sandbox, Status
from grader.sandbox.spawn import as_box_user, spawn, stage_of

FDS = Descriptors(status=3, seccomp=4, passwd=5)


def plan(*trees: Tree, staged: dict[str, str] | None = None) -> list[str]:
    return box_arguments(BoxPlan(trees, staged or {}, FDS, scratch_mib=16))


def test_a_module_that_cannot_be_warmed_is_the_graders_failure():
    execution = BubblewrapSandbox(warm=("no_such_module",)).run(command("def main(*_): pass"))

    assert execution.status is Status.SANDBOX_FAILED
    assert "No module named 'no_such_module'" in execution.reason


def test_warm_modules_are_imported_before_the_clock_starts():
    execution = BubblewrapSandbox(warm=("sqlite3",)).run(
        command("def main(request, arrays, send): send({'warm': 'sqlite3' in sys.modules}, {})")
    )

    assert execution.frames[0].header == {"warm": True}


def test_the_number_of_threads_is_set():
    source = "def main(request, arrays, send): send({'threads': os.environ['OMP_NUM_THREADS']}, {})"

    assert BubblewrapSandbox(warm=(), threads=3).run(command(source)).frames[0].header == {"threads": "3"}


def test_what_was_built_is_made_read_only_last():
    arguments = plan(Tree("/opt/py", "/opt/py"))

    assert arguments[-10:-4] == ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    assert not {"--bind", "--dev-bind", "--share-net"} & set(arguments)
    assert {"--unshare-net", "--disable-userns", "--clearenv", "--die-with-parent", "--new-session"} <= set(arguments)


def test_trees_below_tmp_are_bound_after_it_is_made():
    arguments = plan(Tree("/tmp/py", "/tmp/py"))

    assert arguments.index("/tmp/py") > max(n for n, a in enumerate(arguments) if a == "--tmpfs")


def test_a_staged_tree_is_bound_to_where_it_belongs():
    arguments = plan(Tree("/opt/py", "/opt/py", ("lib",)), staged={"/opt/py": "/mnt/0"})

    at = arguments.index("/mnt/0/lib")
    assert arguments[at - 1 : at + 2] == ["--ro-bind", "/mnt/0/lib", "/opt/py/lib"]


def test_of_a_python_prefix_only_the_installation_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for folder in ("bin", "lib", "reference"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    host.visible_trees.cache_clear()

    (tree,) = [tree for tree in host.visible_trees() if tree.root == str(tmp_path)]
    host.visible_trees.cache_clear()

    assert tree.entries == ("bin", "lib")


def test_packages_of_another_python_are_shown_and_a_checkout_on_the_path_is_not(tmp_path):
    borrowed, checkout, own = tmp_path / "torch/site-packages", tmp_path / "checkout", tmp_path / "venv/site-packages"
    for folder in (borrowed, checkout, own):
        folder.mkdir(parents=True)
    paths = [
        str(checkout),
        str(own),
        str(borrowed),
        str(borrowed),
        "/usr/lib/python3/dist-packages",
        "/no/site-packages",
    ]

    assert host._borrowed_packages(paths, ["/usr", str(tmp_path / "venv")]) == [str(borrowed)]


def test_trees_are_staged_where_none_of_them_lies():
    folder, staged = stage_of([Tree("/mnt/py", "/mnt/py"), Tree("/root/v", "/root/v")])

    assert folder != "/mnt"
    assert staged == {"/mnt/py": f"{folder}/0", "/root/v": f"{folder}/1"}


def test_paths_reach_the_shell_as_arguments_only():
    odd = "/srv/x; touch /tmp/pwned $(id) '"

    arguments = as_box_user(["bwrap"], [Tree(odd, odd)])

    script = arguments[arguments.index("-c") + 1]
    assert odd in arguments
    assert "pwned" not in script


def test_bubblewrap_is_started_with_an_empty_environment():
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as console, spawn(["/usr/bin/env"], [], write_end):
        os.close(write_end)
        assert console.read() == b""


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_system_call_filter_is_shipped(machine: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    seccomp.seccomp_filter.cache_clear()

    program = seccomp.seccomp_filter()
    seccomp.seccomp_filter.cache_clear()

    assert len(program) % 8 == 0
    assert len(program) // 8 > 100


def test_other_processors_are_refused(separate: BubblewrapSandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    seccomp.seccomp_filter.cache_clear()

    execution = separate.run(command("def main(*_): pass"))
    seccomp.seccomp_filter.cache_clear()

    assert execution.status is Status.SANDBOX_FAILED
    assert "no system call filter for riscv64" in execution.reason


def test_matplotlib_finds_a_ready_made_font_list():
    source = """
def main(request, arrays, send):
    before = os.listdir(os.environ["MPLCONFIGDIR"])
    import matplotlib.font_manager
    send({"before": before, "after": os.listdir(os.environ["MPLCONFIGDIR"])}, {})
"""
    (frame,) = run(BubblewrapSandbox(warm=()), source).frames

    assert len(frame.header["before"]) == 1
    assert frame.header["before"] == frame.header["after"]


def test_a_font_list_is_kept_and_found_again(tmp_path: Path):
    kept = FontCache("fontlist-v1.json", b"{}")
    save_font_cache(tmp_path / "new", kept)

    assert saved_font_cache(tmp_path / "new") == kept


def test_another_font_list_is_found_as_soon_as_it_is_there(tmp_path: Path):
    folder = tmp_path / "new"
    assert saved_font_cache(folder) is None
    for content in (b"{}", b"[]"):
        save_font_cache(folder, FontCache("fontlist-v1.json", content))
        os.utime(folder, ns=(0, len(content) + content[0]))  # two changes may come within one tick of the clock
        assert saved_font_cache(folder) == FontCache("fontlist-v1.json", content)


def test_a_font_list_others_can_write_is_not_used(tmp_path: Path):
    save_font_cache(tmp_path, FontCache("fontlist-v1.json", b"{}"))
    tmp_path.chmod(0o777)

    assert saved_font_cache(tmp_path) is None


def test_boxes_do_without_a_font_list_where_none_can_be_kept(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert str(font_cache_folder()).startswith("/proc/nowhere")

    assert honest_box_works(sandbox)
    assert matplotlib_fonts.saved_font_cache(Path("/proc/nowhere")) is None

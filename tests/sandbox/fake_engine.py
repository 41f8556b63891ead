"""Stands in for podman and docker: the same commands, the container is built by bubblewrap.

What it does not know it refuses, as the engines do: so every argument of the real command line is looked at.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

IMAGES = ("grader-box",)
ENGINE = os.environ.get("FAKE_ENGINE", "")
FLAGS = {"--rm", "--interactive", "--read-only", "--read-only-tmpfs=false"}
VALUES = {
    "--pull",
    "--log-driver",
    "--name",
    "--label",
    "--hostname",
    "--network",
    "--user",
    "--ipc",
    "--cap-drop",
    "--security-opt",
    "--memory",
    "--memory-swap",
    "--pids-limit",
    "--ulimit",
    "--shm-size",
    "--tmpfs",
    "--mount",
    "--workdir",
    "--entrypoint",
    "--env",
    "--device",
    "--gpus",
}


# Each call of the engine is a process: only `run`, which needs the grader's own code, imports it.


def main(state: Path, arguments: list[str]) -> None:
    command = {"run": run, "rm": remove, "inspect": inspect, "image": image, "version": version}.get(arguments[0])
    if command is None:
        fail(f"unknown command {arguments[0]}")
    command(state, arguments[1:])


def fail(reason: str, code: int = 125) -> None:
    sys.stderr.write(f"Error: {reason}\n")
    sys.exit(code)


def run(state: Path, arguments: list[str]) -> None:
    options: dict[str, list[str]] = {}
    while arguments[0].startswith("--"):
        name = arguments.pop(0)
        if name not in FLAGS | VALUES:
            fail(f"unknown flag: {name}")
        options.setdefault(name, []).append(arguments.pop(0) if name in VALUES else "")
    # Podman refuses it, as 4.3 and later do.
    if ENGINE == "podman" and any("nr_inodes" in mount for mount in options["--tmpfs"]):
        fail('unknown mount option "nr_inodes": invalid mount option')
    if (name := arguments.pop(0)) not in IMAGES:
        fail(f"no such image: {name}")
    start(state, options, arguments)


def start(state: Path, options: dict[str, list[str]], arguments: list[str]) -> None:
    from grader.sandbox.host import visible_trees
    from grader.sandbox.spawn import as_box_user, is_root

    (name,) = options["--name"]
    record = os.open(state / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    os.set_inheritable(record, True)
    box = ["bwrap", *container(options), "--json-status-fd", str(record)]
    command = [*box, "--", sys.executable, *arguments]
    if is_root():
        command = as_box_user(command, visible_trees())
    # An engine's own descriptors are not the container's.
    os.closerange(3, record)
    os.execvp(command[0], command)  # noqa: S606


def container(options: dict[str, list[str]]) -> list[str]:
    """The options of bwrap that do what those of the engine ask for.

    As with a real engine, programs in it could make user namespaces if nobody else forbade it.
    """
    from grader.sandbox.host import visible_trees
    from grader.sandbox.spawn import is_root, stage_of

    staged = stage_of(visible_trees())[1] if is_root() else {}
    uid, gid = options["--user"][0].split(":")
    box = ["--unshare-user", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try", "--as-pid-1", "--clearenv"]
    box += ["--uid", uid, "--gid", gid, "--hostname", options["--hostname"][0], "--ro-bind", "/usr", "/usr"]
    box += ["--unshare-net"] if options.get("--network") == ["none"] else []
    box += ["--unshare-ipc"] if options.get("--ipc") == ["private"] else []
    for name in ("bin", "lib", "lib64"):
        box += ["--symlink", f"usr/{name}", f"/{name}"]
    box += ["--proc", "/proc", "--dev", "/dev", "--size", size(options["--shm-size"][0]), "--tmpfs", "/dev/shm"]
    for mount in options["--tmpfs"]:
        path, _, how = mount.partition(":")
        (limit,) = [part.removeprefix("size=") for part in how.split(",") if part.startswith("size=")]
        box += ["--size", size(limit), "--tmpfs", path]
    for tree in visible_trees()[:-1]:
        for entry in tree.entries or ("",):
            box += bind(tree.root, entry, tree.target, staged)
    for mount in options["--mount"]:
        parts = dict(part.partition("=")[::2] for part in mount.split(","))
        assert parts["type"] == "bind"
        assert "readonly" in parts
        box += ["--ro-bind", staged.get(str(visible_trees()[-1].root), parts["source"]), parts["target"]]
    for item in options["--env"]:
        box += ["--setenv", *item.split("=", 1)]
    box += ["--remount-ro", "/dev", "--remount-ro", "/"] if "--read-only" in options else []
    return [*box, "--chdir", options["--workdir"][0]]


def bind(root: str, entry: str, target: str, staged: dict[str, str]) -> list[str]:
    original = Path(root) / entry
    if original.is_symlink():
        return ["--symlink", str(original.readlink()), f"{target}/{entry}"]
    return ["--ro-bind", f"{staged.get(root, root)}/{entry}", f"{target}/{entry}"]


def size(text: str) -> str:
    return str(int(text.removesuffix("m")) << 20)


def first_pid(state: Path, name: str) -> int:
    try:
        return int(json.loads((state / name).read_text().splitlines()[0])["child-pid"])
    except (OSError, IndexError):
        fail(f"no such container: {name}", 1)
        raise


def inspect(state: Path, arguments: list[str]) -> None:
    assert arguments[:2] == ["--format", "{{.State.Pid}}"]
    sys.stdout.write(f"{first_pid(state, arguments[2])}\n")


def remove(state: Path, arguments: list[str]) -> None:
    how, name = arguments[:-1], arguments[-1]
    assert how == (["--force", "--time", "0"] if ENGINE == "podman" else ["--force"])
    pid = first_pid(state, name)
    try:
        if name in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass
    (state / name).unlink()


def image(state: Path, arguments: list[str]) -> None:
    assert arguments[0] == "inspect"
    if arguments[-1] not in IMAGES:
        fail(f"no such image: {arguments[-1]}", 1)


def version(state: Path, arguments: list[str]) -> None:
    sys.stdout.write("5.0.0\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

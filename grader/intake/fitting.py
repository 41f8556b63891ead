"""What is left out so that a submission fits the caps: large files, full folders, but work only at the very last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from grader.intake.caps import Caps, NeedsPersonError, mib
from grader.intake.names import ARCHIVE_SUFFIX, is_source_name

WEIGHTS = (".pt", ".pth", ".ckpt", ".safetensors", ".npz", "model.bin", ".pth.tar")


def may_be_work(path: str) -> bool:
    """Whether a file of this name may hold what students hand in."""
    return is_source_name(path) or ARCHIVE_SUFFIX.search(path) is not None


def is_weights_name(path: str) -> bool:
    """Whether a file of this name may hold a network's weights."""
    return path.lower().endswith(WEIGHTS)


def too_large(contents: Mapping[str, bytes], caps: Caps) -> list[str]:
    """The files that are larger than a file that is kept may be."""
    return [path for path, content in contents.items() if len(content) > _most(path, caps)]


def _most(path: str, caps: Caps) -> int:
    if path.lower().endswith(".pdf"):
        return caps.document
    return max(caps.weights, caps.file) if is_weights_name(path) else caps.file


def too_much(contents: Mapping[str, bytes], caps: Caps) -> Iterator[str]:
    """The largest files, until the others fit. Raises NeedsPersonError if the work alone is too much."""
    size = sum(map(len, contents.values()))
    others = sorted((len(content), path) for path, content in contents.items() if not may_be_work(path))
    while size > caps.submission and others:
        largest, path = others.pop()
        yield path
        size -= largest
    if size > caps.submission:
        raise NeedsPersonError(f"too much: expected at most {mib(caps.submission)} of work, found {mib(size)}")


def too_many(contents: Mapping[str, bytes], caps: Caps) -> list[str]:
    """Files of the fullest folders, as many as are too many; then the work that lies deepest."""
    others = [path for path in contents if not may_be_work(path)]
    fullest = Counter(path.rpartition("/")[0] for path in others)
    others.sort(key=lambda path: (fullest[path.rpartition("/")[0]], path.count("/"), path))
    work = sorted((path for path in contents if may_be_work(path)), key=lambda path: (path.count("/"), path))
    return [*work, *others][caps.files :]

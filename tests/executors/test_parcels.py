from __future__ import annotations

import hashlib

import pytest

from grader.executors.parcels import Damaged, Post, joined, split

CONTENT = b"evidence"


def test_bytes_travel_along_with_the_message():
    post = Post()

    assert post.unpack(post.pack(CONTENT)) == CONTENT


def test_through_a_shared_folder_only_the_digest_travels(tmp_path):
    post = Post(tmp_path)
    parcel = post.pack(CONTENT)

    assert parcel == {"sha256": hashlib.sha256(CONTENT).hexdigest()}
    assert post.unpack(parcel) == CONTENT
    post.discard(parcel)
    assert not list(tmp_path.iterdir())


def test_other_bytes_than_were_sent_are_refused(tmp_path):
    parcel = Post(tmp_path).pack(CONTENT)
    (tmp_path / parcel["sha256"]).write_bytes(b"something else")

    with pytest.raises(Damaged):
        Post(tmp_path).unpack(parcel)
    with pytest.raises(Damaged):
        Post().unpack({**Post().pack(CONTENT), "data": b"something else"})


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", None, "A" * 64, "0" * 63])
def test_a_digest_that_is_none_reads_no_file(tmp_path, digest):
    with pytest.raises(Damaged):
        Post(tmp_path).unpack({"sha256": digest})


def test_a_header_and_files_come_back_as_they_were():
    files = {"a": b"", "b": b"\x00\n" * 5}

    assert split(joined({"stopped": False}, files)) == ({"stopped": False}, files)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, joined({}, {"a": b"123"})[:-1], joined({}, {}) + b"more"])
def test_what_is_cut_off_or_too_long_is_refused(content):
    with pytest.raises(Damaged):
        split(content)

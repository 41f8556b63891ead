"""What a student may put into an archive to harm the grader, and what a damaged upload looks like."""

from __future__ import annotations

import io
import struct
import tarfile
import tracemalloc
import zipfile

import pytest
from archive_makers import (
    tar_bytes,
    tar_of,
    tar_special,
    with_declared_size,
    with_flag,
    zip_bytes,
    zip_link,
    zip_of,
)

MIB = 2**20
UNSAFE = ["../evil.py", "hw/../../evil.py", "/etc/evil.py", "hw/.."]


def refused(submission, reason: str) -> None:
    assert submission.files == ()
    assert submission.ambiguous is None
    assert reason in submission.problem


def for_a_person(submission, reason: str) -> None:
    assert submission.files == ()
    assert submission.problem is None
    assert reason in submission.ambiguous


@pytest.mark.parametrize("name", [*UNSAFE, "..\\evil.py", "C:\\evil.py", "\\\\host\\evil.py"])
def test_a_zip_with_a_name_that_leads_outside_is_refused_whole(ada_from, name):
    refused(ada_from(zip_bytes({"net.py": b"1", name: b"2"})), "unsafe archive: the name `")


@pytest.mark.parametrize("name", UNSAFE)
def test_a_tar_with_a_name_that_leads_outside_is_refused_whole(ada_from, name):
    refused(ada_from(tar_bytes({"net.py": b"1", name: b"2"}, "gz")), "unsafe archive: the name `")


def test_an_unsafe_name_is_seen_even_in_litter(ada_from):
    refused(ada_from(zip_bytes({"net.py": b"1", "__MACOSX/../../x": b"2"})), "unsafe archive")


def test_a_link_in_a_zip_is_skipped_with_a_note(ada_from, contents):
    ada = ada_from(zip_of([("net.py", b"1"), zip_link("data", "/etc/passwd")]))

    assert contents(ada) == {"net.py": b"1"}
    assert ada.notes == ("link skipped: data -> /etc/passwd",)


def test_links_devices_and_fifos_in_a_tar_are_skipped_with_notes(ada_from, contents):
    file = tarfile.TarInfo("net.py")
    file.size = 1
    special = [
        tar_special("soft", tarfile.SYMTYPE, "/etc/passwd"),
        tar_special("hard", tarfile.LNKTYPE, "../../etc/shadow"),
        tar_special("disk", tarfile.BLKTYPE),
        tar_special("tty", tarfile.CHRTYPE),
        tar_special("pipe", tarfile.FIFOTYPE),
    ]
    ada = ada_from(tar_of([*special, (file, b"1")]))

    assert contents(ada) == {"net.py": b"1"}
    assert ada.notes == (
        "link skipped: soft -> /etc/passwd",
        "link skipped: hard -> ../../etc/shadow",
        "not a regular file, skipped: disk",
        "not a regular file, skipped: tty",
        "not a regular file, skipped: pipe",
    )


def test_writing_through_a_link_of_the_archive_writes_nothing(ada_from, contents):
    file = tarfile.TarInfo("out/evil.py")
    file.size = 1
    ada = ada_from(tar_of([tar_special("out", tarfile.SYMTYPE, "/tmp"), (file, b"1")]))

    assert contents(ada) == {"evil.py": b"1"}


def test_a_zip_bomb_by_ratio_is_refused(ada_from):
    refused(ada_from(zip_bytes({"zeros.bin": bytes(19 * MIB)})), "archive bomb: `zeros.bin`")


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_a_tar_bomb_by_ratio_is_refused(ada_from, compression):
    refused(ada_from(tar_bytes({"zeros.bin": bytes(19 * MIB)}, compression)), "archive bomb: it unpacks to more")


def test_a_small_file_of_zeros_is_no_bomb(ada_from, contents):
    assert contents(ada_from(zip_bytes({"zeros.npy": bytes(MIB // 2)})))["zeros.npy"] == bytes(MIB // 2)


def test_a_zip_that_understates_its_size_is_a_persons_without_filling_the_memory(ada_from):
    packed = with_declared_size(zip_bytes({"zeros.bin": bytes(64 * MIB)}), 10)

    tracemalloc.start()
    ada = ada_from(packed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    for_a_person(ada, "damaged archive")
    assert peak < 8 * MIB


def test_a_zip_that_overstates_its_size_is_for_a_person(ada_from):
    for_a_person(ada_from(with_declared_size(zip_bytes({"a.py": b"1" * 100}), 1000)), "damaged archive")


def test_a_zip_that_declares_a_huge_file_is_for_a_person(ada_from):
    for_a_person(
        ada_from(with_declared_size(zip_bytes({"a.py": b"1"}), 2**31)), "a.py (2048.0 MiB): larger than 20.0 MiB"
    )


def test_overlapping_entries_are_not_read_without_end(ada_from):
    """Many directory entries that share one compressed file: of more than 300 MiB nothing more is unpacked."""
    one = zip_bytes({"a": bytes(range(256)) * 70_000}, zipfile.ZIP_STORED)
    start, end = one.index(b"PK\x01\x02"), one.rindex(b"PK\x05\x06")
    tail = bytearray(one[end:])
    struct.pack_into("<HHI", tail, 8, 30, 30, 30 * (end - start))

    ada = ada_from(one[:start] + one[start:end] * 30 + bytes(tail))

    for_a_person(ada, "left out: a (17.1 MiB): more than 100.0 MiB in all")


def test_very_many_entries_of_litter_are_a_persons_before_they_are_listed(ada_from):
    for_a_person(ada_from(b"PK\x03\x04" + b"PK\x01\x02" * 100_001), "the archive lists 100,001")


def test_an_empty_file_or_something_else_named_zip_is_for_a_person(ada_from):
    for_a_person(ada_from(b""), "expected a zip or tar archive, found an empty file")
    for_a_person(ada_from(b"print('hello')"), "expected a zip or tar archive, found a text")
    for_a_person(
        ada_from(b"<html><body>Please log in</body></html>"), "found a web page; hint: this is often a download"
    )


def test_an_archive_without_files_is_a_problem(ada_from):
    refused(ada_from(zip_bytes({})), "expected files, found none")
    refused(ada_from(zip_bytes({"hw/": b"", "__MACOSX/x": b"1"})), "expected files, found none")


def test_an_encrypted_zip_is_for_a_person(ada_from):
    for_a_person(ada_from(with_flag(zip_bytes({"net.py": b"1"}), 1)), "encrypted archive: `net.py` needs a password")


@pytest.mark.parametrize("keep", [10, 40, 300, 900])
def test_a_truncated_zip_is_for_a_person(ada_from, keep):
    packed = zip_bytes({"a.py": bytes(range(256)) * 4}, zipfile.ZIP_STORED)
    for_a_person(ada_from(packed[:keep]), "damaged archive")


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_truncated_tar_is_for_a_person(ada_from, compression, share):
    noise = b"".join(struct.pack("<Q", pow(3, n, 2**64)) for n in range(4000))
    files = {"a.py": noise[:20_000], "b.py": noise[10_000:], "c.py": noise[:9000]}
    packed = tar_bytes(files, compression)
    end = len(packed) if compression else len(packed.rstrip(b"\0"))
    for_a_person(ada_from(packed[: int(end * share)]), "damaged archive")


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_a_compressed_tar_whose_checksum_is_wrong_is_for_a_person(ada_from, compression):
    at = -6 if compression != "xz" else -20
    packed = bytearray(tar_bytes({"a.py": b"1"}, compression))
    packed[at] ^= 0xFF
    for_a_person(ada_from(bytes(packed)), "damaged archive")


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_a_tar_cut_between_two_blocks_is_for_a_person(ada_from, blocks):
    packed = tar_bytes({"a.py": b"1" * 512, "b.py": b"2" * 512})
    for_a_person(ada_from(packed[: blocks * 512]), "damaged archive")


def test_a_broken_header_in_the_middle_of_a_tar_is_not_taken_for_its_end(ada_from):
    packed = bytearray(tar_bytes({"a.py": b"1", "b.py": b"2"}))
    packed[1024 + 5] ^= 0xFF
    for_a_person(ada_from(bytes(packed)), "damaged archive")


def test_a_flipped_byte_in_a_zip_is_noticed(ada_from):
    packed = bytearray(zip_bytes({"a.py": b"1" * 1000}, zipfile.ZIP_STORED))
    packed[500] ^= 0xFF
    for_a_person(ada_from(bytes(packed)), "damaged archive")


def forged_tar(size_field: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar whose first header claims the size in `size_field` (12 bytes), with a right checksum."""
    header = bytearray(tar_bytes({"a.py": b"1"})[:512])
    header[124:136], header[156:157], header[148:156] = size_field, kind, b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(10_240)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, b"Q", tarfile.XHDTYPE])
@pytest.mark.parametrize(
    "size", [b"\xff" * 12, b"\xff" * 11 + b"\x00", b"\x80\x00\x00\x00\x7f" + b"\xff" * 7, b"77777777777\0"]
)
def test_a_forged_size_in_a_tar_is_refused_at_once(ada_from, kind, size):
    ada = ada_from(forged_tar(size, kind))

    assert ada.problem is not None
    assert ada.files == ()


def pax_tar(headers: dict[str, str], *, everywhere: bool = False) -> bytes:
    packed = io.BytesIO()
    shared = headers if everywhere else None
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, pax_headers=shared) as archive:
        info = tarfile.TarInfo("a.py")
        info.size = 1
        info.pax_headers = {} if everywhere else headers
        archive.addfile(info, io.BytesIO(b"1"))
    return packed.getvalue()


@pytest.mark.parametrize("size", ["-1", "-99999", "9" * 18])
def test_a_forged_size_in_a_pax_header_is_refused_at_once(ada_from, size):
    refused(ada_from(pax_tar({"size": size})), "claims to have")


def test_very_long_headers_are_refused(ada_from):
    refused(ada_from(pax_tar({"comment": "x" * 20_000})), "an entry claims to have")
    refused(ada_from(pax_tar({"comment": "x" * 5000}, everywhere=True)), "headers in it are very long")


def test_the_small_headers_of_ordinary_programs_are_fine(ada_from, contents):
    assert contents(ada_from(pax_tar({"comment": "x" * 52}, everywhere=True))) == {"a.py": b"1"}
    long_name = "d" * 90 + "/" + "e" * 90 + "/net.py"
    assert list(contents(ada_from(tar_bytes({long_name: b"1", "b.py": b""})))) == ["b.py", long_name]


def test_headers_nested_without_end_are_for_a_person(ada_from):
    link, _ = tar_special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    chain = link.tobuf(tarfile.GNU_FORMAT) * 5000
    for_a_person(ada_from(chain + bytes(1024)), "damaged archive")


def test_what_is_read_of_a_sparse_file_is_capped(ada_from):
    refused(ada_from(pax_tar({"GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,1"})), "claims to have")


def test_a_name_found_twice_keeps_its_last_content_with_a_note(ada_from, contents):
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed = zip_of([("net.py", b"old"), ("net.py", b"new"), ("./net.py", b"newest")])

    ada = ada_from(packed)

    assert contents(ada) == {"net.py": b"newest"}
    assert ada.notes == ("name found twice, the last one counts: net.py",)


def test_names_that_differ_in_case_are_both_kept(ada_from, contents):
    assert contents(ada_from(zip_bytes({"Net.py": b"1", "net.py": b"2"}))) == {"Net.py": b"1", "net.py": b"2"}


def test_a_name_that_is_a_file_and_a_folder_keeps_the_deeper_file(ada_from, contents):
    ada = ada_from(zip_bytes({"a": b"1", "a/b": b"2", "c": b"3"}))

    assert contents(ada) == {"a/b": b"2", "c": b"3"}
    assert ada.notes == ("both a file and a folder, the file is left out: a",)


def test_odd_names_in_archives_become_printable_text(ada_from, contents):
    names = {
        "new\nline.py": b"1",
        "\x1b[31mred.py": b"2",
        "<script>alert(1)</script>.py": b"3",
        "\u202etxt.py": b"4",
    }
    shown = {r"new\nline.py", r"\x1b[31mred.py", "<script>alert(1)</script>.py", r"\u202etxt.py"}

    assert contents(ada_from(tar_bytes(names))).keys() == shown
    zipped = {name.replace("</", "<"): content for name, content in names.items()}
    assert r"new\nline.py" in contents(ada_from(zip_bytes(zipped)))


def test_a_name_that_is_not_utf8_is_escaped(ada_from, contents):
    info = tarfile.TarInfo("caf\udce9.py")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        archive.addfile(info)

    assert list(contents(ada_from(packed.getvalue()))) == [r"caf\xe9.py"]


def test_a_utf8_name_without_the_zip_flag_is_read_as_utf8(ada_from, contents):
    packed = zip_bytes({"xxxx.py": b"1"}).replace(b"xxxx", "éé".encode())

    assert list(contents(ada_from(packed))) == ["éé.py"]


def test_a_very_long_name_is_capped_and_stays_different(ada_from, contents):
    found = list(contents(ada_from(tar_bytes({"a" * 5000 + "1.py": b"1", "a" * 5000 + "2.py": b"2"}))))

    assert [len(name) for name in found] == [200, 200]
    assert all(name.endswith(".py") for name in found)


def test_many_notes_are_capped(ada_from):
    links = [zip_link(f"link{n}", "x") for n in range(500)]

    notes = ada_from(zip_of([("net.py", b"1"), *links])).notes

    assert len(notes) == 51
    assert notes[-1] == "and 450 more remarks like these"


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z archive"), (b"Rar!\x1a\x07\x01\x00" + bytes(40), "RAR archive")],
)
def test_a_format_that_we_do_not_read_needs_a_person(ada_from, content, found):
    ada = ada_from(content)

    assert (ada.problem, ada.files) == (None, ())
    assert found in ada.ambiguous


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_method_that_cannot_be_bounded_needs_a_person(ada_from, method):
    ada = ada_from(zip_bytes({"net.py": b"1" * 100}, method))

    assert (ada.problem, ada.files) == (None, ())
    assert f"zip method {method}" in ada.ambiguous

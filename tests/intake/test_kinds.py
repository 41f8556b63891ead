"""What a file is by its content."""

from __future__ import annotations

import io
import itertools
import json
import pickle

import numpy as np
import pytest
import torch
from archive_makers import tar_bytes, zip_bytes
from PIL import Image

from grader.intake.kinds import content_kind


def written(write):
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
WEIGHTS = {"conv.weight": torch.zeros(2)}
NOTEBOOK = {"cells": [], "nbformat": 4, "metadata": {}}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"import torch\n", "text"),
        (b"# \xe9t\xe9\n", "text"),
        (b"print('%PDF-')", "text"),
        (b"junk\n%PDF-1.4\n1 0 obj endobj", "PDF"),
        (b"%PDF-1.7\n", "PDF"),
        (json.dumps(NOTEBOOK).encode(), "notebook"),
        (b'{"a": 1}', "text"),
        (written(lambda s: torch.save(WEIGHTS, s)), "PyTorch weights"),
        (written(lambda s: torch.save(WEIGHTS, s, _use_new_zipfile_serialization=False)), "PyTorch weights"),
        (pickle.dumps([1, 2]), "pickle"),
        (written(lambda s: np.save(s, np.zeros(3))), "NumPy array"),
        (written(lambda s: np.savez(s, a=np.zeros(3))), "NumPy arrays"),
        (written(lambda s: Image.new("RGB", (2, 2)).save(s, "PNG")), "image"),
        (written(lambda s: Image.new("RGB", (2, 2)).save(s, "JPEG")), "image"),
        (written(lambda s: Image.new("RGB", (2, 2)).save(s, "WEBP")), "image"),
        (zip_bytes({"net.py": b""}), "zip archive"),
        (zip_bytes({"net.py": b""})[:-10], "zip archive"),
        (zip_bytes({"word/document.xml": b"", "[Content_Types].xml": b""}), "Word document"),
        (zip_bytes({"word/count.py": b"", "xl/net.py": b""}), "zip archive"),
        (zip_bytes({"mimetype": b"", "content.xml": b""}), "OpenDocument file"),
        (zip_bytes({"Index/Document.iwa": b""}), "iWork document"),
        (OLE, "old Office file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "Office file with a password"),
        (tar_bytes({"net.py": b""}), "tar archive"),
        (tar_bytes({"net.py": b""}, "gz"), "gzip file"),
        (b"1.5,2,3\n4,5,6e-3\n7,8,9\n", "table of numbers"),
        (b"<!DOCTYPE html><p>", "web page"),
        (bytes(range(256)), "binary data"),
        (b"\x01\x02\x03\x04" * 20, "binary data"),
    ],
    # By number: an archive says when it was made, and every worker makes its own.
    ids=itertools.count(),
)
def test_a_file_is_known_by_its_content(content, kind):
    assert content_kind(content) == kind


def test_safetensors_are_known():
    from safetensors.numpy import save

    assert content_kind(save({"weight": np.zeros(3, np.float32)})) == "safetensors weights"

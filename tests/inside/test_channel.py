from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from grader.inside.channel import DTYPES, PREFIX, receive_frame, send_frame


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_a_frame_arrives_as_it_was_sent(ends: tuple[socket.socket, socket.socket]):
    near, far = ends
    arrays = {dtype: np.arange(6).reshape(2, 3).astype(dtype) for dtype in DTYPES}

    send_frame(near, {"text": "ä\n", "none": None, "list": [1, 2.5]}, arrays)
    header, received = receive_frame(far)

    assert header == {"text": "ä\n", "none": None, "list": [1, 2.5]}
    for name, array in arrays.items():
        np.testing.assert_array_equal(received[name], array, strict=True)


def test_scalars_empty_and_transposed_arrays_keep_their_shape(ends: tuple[socket.socket, socket.socket]):
    near, far = ends
    arrays = {"scalar": np.array(3.0), "empty": np.zeros((0, 4)), "turned": np.arange(6).reshape(2, 3).T}

    send_frame(near, {}, arrays)
    _, received = receive_frame(far)

    for name, array in arrays.items():
        np.testing.assert_array_equal(received[name], array, strict=True)


def test_frames_larger_than_the_sockets_buffers_arrive(ends: tuple[socket.socket, socket.socket]):
    near, far = ends
    array = np.arange(1 << 20)
    sender = threading.Thread(target=send_frame, args=(near, {}, {"x": array}))
    sender.start()

    _, received = receive_frame(far)
    sender.join()

    np.testing.assert_array_equal(received["x"], array)


def test_a_frame_without_arrays_has_no_blob(ends: tuple[socket.socket, socket.socket]):
    near, far = ends

    send_frame(near, {}, {})

    assert far.recv(100) == PREFIX.pack(0, 2) + b"{}"


@pytest.mark.parametrize("dtype", ["float16", "complex64", "object", "int8", "U3"])
def test_other_dtypes_are_refused_by_name(ends: tuple[socket.socket, socket.socket], dtype: str):
    with pytest.raises(TypeError, match=r"array 'x' has dtype .*, expected one of bool, uint8"):
        send_frame(ends[0], {}, {"x": np.zeros(2).astype(dtype)})


def test_a_sender_that_hangs_up_is_noticed(ends: tuple[socket.socket, socket.socket]):
    near, far = ends
    near.sendall(PREFIX.pack(10, 10) + b"{}")
    near.close()

    with pytest.raises(EOFError, match="hung up"):
        receive_frame(far)

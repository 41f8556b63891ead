"""A box that is spoken to over pipes, when nobody reads what it writes."""

from __future__ import annotations

import subprocess
import sys

from grader.sandbox.piped import PipedBox

# As an engine does: it ends only when all that its container has printed is passed on.
TALKATIVE = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(800):
    for stream in (1, 2):
        os.write(stream, bytes(1 << 16))
"""


def test_a_box_can_be_killed_whose_output_nobody_has_read():
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", TALKATIVE], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)

    with PipedBox(process, lambda: None, lambda: None) as box:
        box.pump(10)
        box.kill()

    assert process.returncode == 0

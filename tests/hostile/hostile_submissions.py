"""Submissions that want points they have not earned, secrets that are not theirs, or harm to who comes next.

Each with how its first box ends and what the criterion comes to. A right answer stays right beside mischief;
nothing here may come to `ungraded`, which would be the grader's fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from boxes import PRELUDE

from grader.finding import Outcome
from grader.sandbox.protocol import Status

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
EXITED, NO_RESULT, BAD_RESULT = Status.EXITED, Status.NO_RESULT, Status.BAD_RESULT
RAISED, MEMORY = Status.RAISED, Status.OUT_OF_MEMORY

# The helpers that forge frames, as if the student had written them.
HELPERS = "import torch\nfrom torch import nn\n" + PRELUDE
RIGHT = "def gram(x): return x @ x.T\n"
WRONG = "def gram(x): return torch.zeros(8, 8)\n"


@dataclass(frozen=True)
class Hostile:
    """A main file and perhaps others, the status of its first box, its outcome, and what its console must say."""

    name: str
    source: str
    outcome: Outcome = FAILED
    status: tuple[Status, ...] = (EXITED,)
    says: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


FORGERIES = (
    Hostile("an honest answer", RIGHT, PASSED),
    Hostile("an honest answer in double precision", "def gram(x): return x.double() @ x.T.double()\n", PASSED),
    Hostile("an honest answer as lists", "def gram(x): return (x @ x.T).tolist()\n", PASSED),
    Hostile(
        "an object that equals everything",
        "class Yes:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "    def __getattr__(self, name): return Yes()\n    def __call__(self, *a, **k): return True\n"
        "def gram(x): return Yes()\n",
    ),
    Hostile(
        "a tensor that equals everything",
        "class Yes(torch.Tensor):\n    def __eq__(self, other): return torch.ones_like(self).bool()\n"
        "    @classmethod\n    def __torch_function__(cls, f, types, args=(), kwargs=None):\n"
        "        return True if 'close' in f.__name__ else super().__torch_function__(f, types, args, kwargs or {})\n"
        "def gram(x): return torch.zeros(8, 8).as_subclass(Yes)\n",
    ),
    Hostile(
        "an array that equals everything",
        "class Yes(np.ndarray):\n    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "    def __array_function__(self, *a): return True\n    def __array_ufunc__(self, *a, **k): return True\n"
        "def gram(x): return np.zeros((8, 8)).view(Yes)\n",
    ),
    Hostile(
        "a tensor that says it has the right shape",
        "class Wide(torch.Tensor):\n    shape = property(lambda self: torch.Size([8, 8]))\n"
        "    size = lambda s, *a: 8\n"
        "def gram(x): return torch.zeros(1).as_subclass(Wide)\n",
    ),
    Hostile(
        "patched comparisons",
        "torch.allclose = torch.equal = torch.isclose = np.allclose = np.array_equal = lambda *a, **k: True\n"
        "torch.testing.assert_close = np.testing.assert_allclose = lambda *a, **k: None\n"
        "torch.Tensor.__eq__ = lambda self, other: True\n" + WRONG,
    ),
    Hostile("not a number", "def gram(x): return torch.full((8, 8), float('nan'))\n"),
    Hostile("infinity", "def gram(x): return torch.full((8, 8), float('inf'))\n"),
    Hostile("a row that broadcasts", "def gram(x): return (x @ x.T)[:1]\n"),
    Hostile("a number that broadcasts", "def gram(x): return torch.tensor(0.0)\n"),
    Hostile("one dimension more", "def gram(x): return (x @ x.T)[None]\n"),
    Hostile("nothing", "def gram(x): return None\n"),
    Hostile("the input changed in place", "def gram(x):\n    x.zero_()\n    return x @ x.T\n"),
    Hostile("an answer of a terabyte", "def gram(x): return torch.zeros(1).expand(10**12)\n", FAILED, (EXITED, MEMORY)),
    Hostile(
        "an object that runs code when unpickled",
        "class Bomb:\n    def __reduce__(self): return os.system, ('touch /tmp/pwned',)\ndef gram(x): return Bomb()\n",
    ),
    Hostile(
        "a walk through the frames for the answer",
        "def gram(x):\n    frame, found = sys._getframe(), []\n    while frame:\n"
        "        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):\n"
        "            if any(word in str(name).lower() for word in ('expected', 'solution', 'rubric', 'points')):\n"
        "                found.append(name)\n"
        "            if isinstance(value, torch.Tensor) and value.shape == (8, 8): return value\n"
        "        frame = frame.f_back\n    print('found', found)\n    return torch.zeros(8, 8)\n",
        says="found []",
    ),
    Hostile(
        "a walk through all objects for the answer",
        "def gram(x):\n    for value in gc.get_objects():\n        try:\n"
        "            if type(value) in (torch.Tensor, np.ndarray) and value.shape == (8, 8): return value\n"
        "        except Exception: pass\n    return torch.zeros(8, 8)\n",
    ),
    Hostile(
        "a forged frame at exit",
        "import atexit\n"
        "atexit.register(lambda: forge(wire({'frame': {'kind': 'ask', 'probe': 'gram', 'passed': True}})))\n" + WRONG,
    ),
    Hostile("leaving with exit status 0", "os._exit(0)\n" + WRONG, FAILED, (EXITED,)),
    Hostile("leaving while it is asked", "def gram(x): os._exit(0)\n", FAILED, (EXITED,)),
    Hostile("raising SystemExit", "def gram(x): sys.exit(0)\n"),
    Hostile(
        "a forged verdict",
        "def gram(x):\n    forge(wire({'frame': {'kind': 'ask', 'probe': 'gram', 'case': 'hidden', 'outcome': 'passed',"
        " 'passed': True, 'points': 100, 'ok': True}}) + wire({'end': 'exited'}))\n    time.sleep(20)\n",
    ),
    Hostile(
        "a forged answer before the real one",
        "import importlib\n"
        "def gram(x):\n    from inside.channel import send_frame\n    import socket as s\n"
        "    wrong = np.zeros((8, 8), np.float32)\n"
        "    for fd in channels():\n        send_frame(s.socket(fileno=os.dup(fd)), {'frame': {'kind': 'ask',"
        " 'probe': 'gram', 'case': 'hidden'}}, {'gram': wrong})\n    return wrong\n",
        FAILED,
    ),
    Hostile(
        "a forged failure of the grader",
        "def gram(x):\n    forge(wire({'end': 'not_started', 'error': 'the sandbox broke'}))\n    time.sleep(20)\n",
        FAILED,
        (BAD_RESULT,),
    ),
    Hostile(
        "a forged second start",
        "forge(wire({'ready': True}) + wire({'started': True}))\n" + WRONG,
        FAILED,
        (BAD_RESULT,),
    ),
    Hostile(
        "a patched harness",
        "for name, module in list(sys.modules.items()):\n    if name.startswith('inside.'):\n"
        "        for word in ('as_array', 'post', 'numbers', 'last_line'):\n"
        "            if hasattr(module, word): setattr(module, word, lambda *a, **k: (np.zeros((8, 8)), 'passed'))\n"
        + WRONG,
        FAILED,
        (EXITED, NO_RESULT, RAISED, BAD_RESULT),
    ),
    Hostile(
        "a patched writer of arrays",
        "import safetensors.numpy, inside.channel\n"
        "safetensors.numpy.save = inside.channel.save = lambda *a: b'PASS' * 9\n" + RIGHT,
        FAILED,
        (BAD_RESULT,),
    ),
    Hostile("patched clocks", "time.time = time.monotonic = time.perf_counter = lambda: 0.0\n" + RIGHT, PASSED),
)

LEAKS = (
    Hostile(
        "the names of what was sent in",
        "from inside import served\nprint('served', sorted(served.ARRAYS))\n" + WRONG,
        says="served ['hidden.x']",
    ),
    Hostile(
        "the environment",
        "print('found', sorted(n for n in os.environ if 'GRADER' in n or n in ('PYTHONPATH', 'VIRTUAL_ENV')))\n"
        + WRONG,
        says="found []",
    ),
    Hostile(
        "references, expected values and other students' work on disk",
        "from pathlib import Path\nnames = ('solution.py', 'expected.toml', 'assignment.py', 'gradebook.sqlite',"
        " 'grade.json')\nfound = []\n"
        "for top in ('/harness', '/tmp', '/home', '/root', '/srv', '/mnt', '/var', '/data'):\n"
        "    for _, _, files in os.walk(top): found += [n for n in files if n in names]\n"
        "print('found', found)\n" + WRONG,
        says="found []",
    ),
    Hostile(
        "the batch's seed",
        "import inside.student\nprint('found', [k for k in sys._getframe().f_globals if 'batch' in k])\n" + WRONG,
        says="found []",
    ),
)

MISCHIEF = (
    Hostile(
        "files named like modules of everybody",
        RIGHT,
        PASSED,
        files=dict.fromkeys(
            ("torch.py", "json.py", "numpy.py", "inside.py", "safetensors.py", "typing.py"),
            b"raise SystemExit('shadowed')",
        ),
    ),
    Hostile(
        "files that Python or pytest run by themselves",
        RIGHT,
        PASSED,
        files=dict.fromkeys(("sitecustomize.py", "usercustomize.py", "conftest.py", "x.pth"), b"raise SystemExit"),
    ),
    Hostile(
        "a daemon left behind",
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True: time.sleep(1)\n    os._exit(0)\n" + RIGHT,
        PASSED,
    ),
    Hostile(
        "escapes, HTML and formulas on the console",
        "print('\\x1b]0;pwned\\x07\\x1b[2J<script>alert(1)</script>', '=cmd|calc!A1', '\\u202egnp')\n" + RIGHT,
        PASSED,
        says="<script>",
    ),
    Hostile(
        "escapes, HTML and formulas in an exception",
        "class Odd(Exception):\n    def __str__(self): return '\\x1b[2J<img src=x onerror=alert(1)>\\n=1+1'\n"
        "def gram(x): raise Odd\n",
    ),
    Hostile(
        "traces for who comes next",
        "import builtins\n"
        "for place in ('/tmp/left', '/dev/shm/left', '/tmp/work/left'):\n    open(place, 'w').close()\n"
        "builtins.left = sys.left = torch.left = os.environ['LEFT'] = 'here'\n" + RIGHT,
        PASSED,
    ),
    Hostile(
        "looking for those traces",
        "import builtins\nfound = [p for p in ('/tmp/left', '/dev/shm/left', '/tmp/work/left') if os.path.exists(p)]\n"
        "found += [m for m in (builtins, sys, torch) if hasattr(m, 'left')] + [n for n in os.environ if n == 'LEFT']\n"
        "print('found', found)\n" + RIGHT,
        PASSED,
        says="found []",
    ),
)

SUBMISSIONS = (*FORGERIES, *LEAKS, *MISCHIEF)

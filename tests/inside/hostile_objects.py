"""Objects that do harm when they are looked at: in the globals, as functions, as network classes."""

from __future__ import annotations

END = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
    def forward(self, x):
        return self.conv(x).mean((2, 3))
"""
STATS_TEXT = "def get_stats(skip):\n    return Net()(torch.zeros(2, 3, 8, 8))\n"
BEFORE = {
    "lying class in the globals": """
        class Liar:
            @property
            def __class__(self):
                raise KeyboardInterrupt("not telling")
        liar = Liar()
        """,
    "instance that says it is a class": """
        class Pretender:
            __class__ = type
        pretender = Pretender()
        """,
    "odd metaclass": """
        import torch
        class Meta(type):
            def __eq__(cls, other):
                raise SystemExit("equal?")
            __hash__ = None
            @property
            def __name__(cls):
                raise RuntimeError("nameless")
            @property
            def __module__(cls):
                raise RuntimeError("homeless")
        class NetOdd(torch.nn.Module, metaclass=Meta):
            def forward(self, x):
                return x
        """,
    "module name that is a number": """
        import torch
        class NetNumbered(torch.nn.Module):
            __module__ = 3
            def forward(self, x):
                return x
        NetNumbered()
        """,
    "exception that cannot be printed": """
        class Unprintable(Exception):
            def __str__(self):
                raise SystemExit(1)
            __repr__ = __str__
            @property
            def __cause__(self):
                raise SystemExit(2)
            @property
            def __traceback__(self):
                raise SystemExit(3)
        try:
            raise ValueError
        except ValueError:
            pass
        def fails():
            raise Unprintable("x")
        class Caller:
            def __init__(self):
                fails()
        try:
            Caller()
        except Unprintable:
            pass
        """,
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')",
    "float64 everywhere": "import torch\ntorch.set_default_dtype(torch.float64)",
    "low recursion limit": "import sys\nsys.setrecursionlimit(200)",
    "gradients off": "import torch\ntorch.set_grad_enabled(False)",
}
FUNCTIONS = {
    "unprintable exception": """
        class Unprintable(Exception):
            def __str__(self):
                raise SystemExit(1)
        def get_stats(skip):
            raise Unprintable("x")
        """,
    "system exit": "def get_stats(skip):\n    raise SystemExit('bye')",
    "endless recursion": "def get_stats(skip):\n    return get_stats(skip)",
    "array that raises": """
        class Exits:
            def __array__(self, *args, **kwargs):
                raise SystemExit(3)
        def get_stats(skip):
            return Exits()
        """,
    "list without an end": """
        class Endless(list):
            def __iter__(self):
                while True:
                    yield 1
        def get_stats(skip):
            return Endless([1])
        """,
    "generator": "import itertools\ndef get_stats(skip):\n    return itertools.count()",
    "tensor that refuses": """
        class Refuses(torch.Tensor):
            @classmethod
            def __torch_function__(cls, *args, **kwargs):
                raise SystemExit("do not touch")
        def get_stats(skip):
            return torch.zeros(2).as_subclass(Refuses)
        """,
    "lying signature": """
        import inspect
        def get_stats(skip):
            return 1
        class Signature:
            def __getattr__(self, name):
                raise SystemExit(4)
        get_stats.__signature__ = Signature()
        """,
    "endless wrapping": "def get_stats(skip):\n    return 1\nget_stats.__wrapped__ = get_stats",
    "default that lies": """
        class Liar:
            def __eq__(self, other):
                raise SystemExit(5)
            def __bool__(self):
                raise SystemExit(6)
            @property
            def __class__(self):
                raise SystemExit(7)
        def get_stats(skip, other=Liar()):
            return 1
        """,
    "state that is not tensors": """
        class Extra(Net):
            def get_extra_state(self):
                return {"epoch": 3}
            def set_extra_state(self, state):
                pass
            def state_dict(self, *args, **kwargs):
                raise RuntimeError("secret")
        def get_stats(skip):
            return Extra()(torch.zeros(1, 3, 8, 8))
        """,
    "parameters that refuse": """
        class Shy(Net):
            def named_parameters(self, *args, **kwargs):
                raise SystemExit(8)
            def named_modules(self, *args, **kwargs):
                raise SystemExit(9)
        def get_stats(skip):
            return Shy()(torch.zeros(1, 3, 8, 8))
        """,
    "arguments that lie": """
        class Liar(int):
            def __eq__(self, other):
                raise SystemExit(10)
            __hash__ = int.__hash__
            def __repr__(self):
                raise SystemExit(11)
        class Unbool:
            def __bool__(self):
                raise SystemExit(12)
            __eq__ = lambda self, other: self
            __hash__ = None
        import itertools
        def get_stats(skip):
            return torch.ones(1)
        numbers = Liar(1), 10 ** 5000, float("nan"), torch.zeros(1, device="meta")
        for value in (*numbers, Unbool(), itertools.count(), "\\ud800"):
            get_stats(value)
        """,
}
CLASSES = {
    "constructor that exits": "class Net(nn.Module):\n    def __init__(self):\n        raise SystemExit(1)",
    "not a module": "class Net(nn.Module):\n    def __new__(cls):\n        return 3",
    "forward without an end": "class Net(nn.Module):\n    def forward(self, x):\n        return self.forward(x)",
    "output that lies": """
        class Liar:
            @property
            def __class__(self):
                raise SystemExit(2)
        class Net(nn.Module):
            def forward(self, x):
                return Liar()
        """,
    "parameters that raise": """
        class Net(nn.Module):
            def named_parameters(self, *args, **kwargs):
                raise SystemExit(3)
            def forward(self, x):
                return x
        """,
    "too many operations": """
        class Net(nn.Module):
            def forward(self, x):
                for _ in range(30000):
                    x = x + 1
                return x
        """,
    "thousands of operations": """
        class Net(nn.Module):
            def forward(self, x):
                for _ in range(15000):
                    x = x + 1
                return x
        """,
}

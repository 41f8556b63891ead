"""Scripts and notebooks of all sorts."""

from __future__ import annotations

from answering import NET, STATS, Submission, notebook

NETWORK = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
    def forward(self, x):
        return self.conv(x).mean((2, 3))
"""
GET_STATS = """
def get_stats(skip):
    return Net()(torch.zeros(2, 3, 8, 8)).detach()
"""
TRAINS = """
network = Net()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
for epoch in range(2):
    optimizer.zero_grad()
    network(torch.ones(1, 3, 8, 8)).sum().backward()
    optimizer.step()
    print("epoch", epoch)
"""
BOTH = (STATS, NET)


def script(*parts: str) -> str:
    return "".join(parts)


def cells(*parts: str, version: int = 4) -> dict[str, str]:
    return {"work.ipynb": notebook(*parts, version=version)}


SUBMISSIONS = {
    "trains": Submission(script(NETWORK, GET_STATS, TRAINS, "get_stats(True)\n"), probes=BOTH),
    "guard": Submission(script(NETWORK, GET_STATS, "if __name__ == '__main__':\n    get_stats(skip=True)\n")),
    "nested": Submission(
        """
        def main():
            import torch
            from torch import nn
            class Net(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.conv = nn.Conv2d(3, 4, 3)
                def forward(self, x):
                    return self.conv(x).mean((2, 3))
            def get_stats(skip):
                return Net()(torch.zeros(2, 3, 8, 8)).detach()
            get_stats(True)
        main()
        """,
        probes=BOTH,
    ),
    "newer": Submission(
        {"work.py": script(NETWORK, GET_STATS), "other.py": "x = 1\ny = t'{x}'\n"},
        probes=BOTH,
    ),
    "exits": Submission(script(NETWORK, "import sys\nsys.exit()\n", GET_STATS), probes=BOTH),
    "exits badly": Submission(script(NETWORK, "import sys\nsys.exit('no data found')\n", GET_STATS), probes=BOTH),
    "fails": Submission(script(NETWORK, "print('before')\n1 / 0\nprint('after')\nlimit = 3\n", GET_STATS), probes=BOTH),
    "package": Submission(
        """
        from fvcore import data
        loaded = data.load()
        inputs = loaded[0]
        def get_stats(skip):
            return inputs.mean()
        """,
    ),
    "in a module": Submission({"work.py": "import parts\n", "parts.py": script(NETWORK, GET_STATS)}, probes=BOTH),
    "in two modules": Submission(
        {
            "work.py": "import new, old\n",
            "new.py": script(NETWORK, GET_STATS, "width = 1\n"),
            "old.py": "from new import get_stats\nwidth = 2\n",
        },
        probes=BOTH,
    ),
    "in another file": Submission({"work.py": "x = 1\n", "parts.py": script(NETWORK, GET_STATS)}, probes=BOTH),
    "in two files": Submission(
        {"work.py": "x = 1\n", "new.py": script(NETWORK, GET_STATS), "old.py": script(NETWORK, GET_STATS)}, probes=BOTH
    ),
    "tried in vain": Submission(
        {"work.py": script("from torch import nn\nclass Net(nn.Modul):\n    pass\n"), "old.py": script(NETWORK)},
        probes=(NET,),
    ),
    "fails inside": Submission("def f():\n    raise KeyError('gone')\n\nf()\n"),
    "syntax": Submission("x = 1\nx = = 2\n"),
    "deep": Submission("x = " + "+".join(["1"] * 20_000) + "\n"),
    "null": Submission({"work.py": b"x = 1\0"}),
    "future": Submission(
        """
        from __future__ import annotations, division
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Settings:
            width: Undefined = 3
        print(Settings())
        """,
        mode="definitions",
    ),
    "definitions": Submission(
        script(
            NETWORK,
            "print('imported')\nimport time\nwhile True:\n    time.sleep(100)\n",
            GET_STATS,
            "results = [get_stats(flag) for flag in (True, False)]\n",
        ),
        mode="definitions",
        probes=BOTH,
    ),
    "notebook": Submission(
        cells(
            "%matplotlib inline\n!pip install torch",
            NETWORK,
            "1 / 0",
            "?print\nx = = 2",
            GET_STATS,
            "%%time\nprint(get_stats(True).shape)",
            "%%bash\nls",
            "print('end')",
        ),
        entry="work.ipynb",
        probes=BOTH,
    ),
    "old notebook": Submission(cells("x = 3", "print(x)", version=3), entry="work.ipynb"),
    "no notebook": Submission({"work.ipynb": "print(3)"}, entry="work.ipynb"),
    "empty": Submission(""),
    "empty notebook": Submission(cells(), entry="work.ipynb"),
    "latin": Submission({"work.py": b"# -*- coding: latin-1 -*-\nprint('caf\xe9')\n"}),
    "windows": Submission({"work.py": b"print('caf\xe9 \x96')\r\n"}),
    "mark": Submission({"work.py": b"\xef\xbb\xbfprint('caf\xc3\xa9')\n"}),
    "siblings": Submission(
        {
            "work.py": "import model\nfrom parts.stats import get_stats\nfrom parts import caf\nget_stats(True)\n",
            "model.py": NETWORK,
            "parts/__init__.py": "",
            "parts/caf.py": b"name = 'caf\xe9'",
            "parts/stats.py": script("import torch\nfrom model import Net\n", GET_STATS),
        },
        probes=BOTH,
    ),
    "relative": Submission(
        {
            "hw/__init__.py": "",
            "hw/net/model.py": "from ..width import WIDTH\n" + NETWORK,
            "hw/width.py": "WIDTH = 3\n",
            "hw/work.py": script("import torch\nfrom .net.model import Net, WIDTH\n", GET_STATS, "get_stats(True)\n"),
        },
        entry="hw/work.py",
        probes=BOTH,
    ),
    "relative, in no folder": Submission(
        {
            "__init__.py": "from .model import Net\n",
            "model.py": NETWORK,
            "work.py": script("import torch\nfrom . import Net\n", GET_STATS, "get_stats(True)\n"),
        },
        probes=BOTH,
    ),
    "in src": Submission(
        {
            "work.py": "from hw.stats import get_stats\nget_stats(True)\n",
            "src/hw/__init__.py": "",
            "src/hw/stats.py": script("import torch\nfrom .model import Net\n", GET_STATS),
            "src/hw/model.py": NETWORK,
        },
        probes=BOTH,
    ),
    "scripted": Submission(
        script(
            NETWORK,
            """
def get_stats(skip):
    traced = torch.jit.trace(torch.compile(Net()), torch.zeros(2, 3, 8, 8))
    traced.save("net.pt")
    torch.jit.save(traced, "again.pt")
    return torch.jit.script(traced)(torch.zeros(2, 3, 8, 8)).detach()

get_stats(True)
""",
        ),
        probes=BOTH,
    ),
    "shadows": Submission(
        {
            "work.py": script("import json, random\nprint(json.dumps([random.random() < 2]))\n", NETWORK, GET_STATS),
            **dict.fromkeys(("json.py", "random.py", "torch.py", "torch/nn.py"), "raise RuntimeError('the wrong one')"),
        },
    ),
    "called so, in cells": Submission(
        {
            "work.ipynb": notebook(
                "import code\nfrom trace import *\nimport json",
                "print(json.dumps(code.shown(3)), traced(4))",
                NETWORK + GET_STATS,
            ),
            "code.py": "def shown(x):\n    return [2 * x]\n",
            "trace.py": "def traced(x):\n    return [2 * x]\n",
            "json.py": "def dumped(x):\n    raise RuntimeError('the wrong one')\n",
        },
        entry="work.ipynb",
    ),
    "called as one of Python's": Submission(
        {
            "work.py": script(
                "import code\nimport json, statistics.sums\nfrom test import doubled\nfrom trace import *\n",
                "print(json.dumps(code.shown(3)), doubled(2), traced(4), statistics.sums.total([1, 2]))\n",
                NETWORK,
                GET_STATS,
            ),
            "code.py": "from test import doubled\ndef shown(x):\n    return [doubled(x)]\n",
            "test.py": "def doubled(x):\n    return 2 * x\n",
            "trace.py": "from .code import shown\ndef traced(x):\n    return shown(x)\n",
            "statistics/__init__.py": "",
            "statistics/sums.py": "import json\ndef total(listed):\n    return sum(listed)\n",
            "json.py": "raise RuntimeError('the wrong one')\n",
        },
    ),
    "named torch": Submission({"torch.py": script(NETWORK, GET_STATS, "get_stats(True)\n")}, entry="torch.py"),
    "in a folder": Submission({"src/work.py": "import helper\n", "helper.py": "print('found')"}, entry="src/work.py"),
    "methods": Submission(
        script(
            NETWORK,
            """
class Experiment:
    @staticmethod
    def get_stats(skip):
        return torch.tensor([float(skip)])
    @classmethod
    def getStats(cls, skip):
        return torch.tensor([cls is Experiment])
print(Experiment().get_stats(True), Experiment.getStats(True))
""",
        ),
    ),
    "decorated": Submission(
        """
        import functools, torch
        def doubled(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return 2 * function(*args, **kwargs)
            return wrapper
        @doubled
        @torch.no_grad()
        def get_stats(skip):
            return torch.ones(3)
        get_stats(True)
        """,
    ),
}

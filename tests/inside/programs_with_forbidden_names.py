"""Programs that use a forbidden name, or only seem to."""

from __future__ import annotations

BEGIN = """\
import torch
import torch.nn.functional as F
from torch import nn
import numpy as np
"""
WRONG = {
    "worked_out_name": """
def mine(n):
    return getattr(torch, 'mat' + ('mul' if n else 'x'))(torch.eye(n), torch.eye(n))
""",
    "alias": """
f = F.softmax
def mine(n):
    return f(torch.ones(n), -1)
""",
    "star": """
from torch.nn.functional import *
def mine(n):
    return softmax(torch.ones(n), 0)
""",
    "method": """
def mine(n):
    return torch.ones(n).softmax(-1)
""",
    "text_that_runs": """
def mine(n):
    names = {"F": F}
    exec("def g(x): return F." + "soft" * bool(n) + "max(x, 0)", names)
    return names["g"](torch.ones(n))
""",
    "imported_by_text": """
import importlib
def mine(n):
    m = importlib.import_module('.'.join(['torch', 'nn', 'functional']))
    return vars(m)['soft' + 'max'](torch.ones(n), 0)
""",
    "of_a_list": """
m = [F][0]
def mine(n):
    return m.softmax(torch.ones(n), 0)
""",
    "asked_by_its_own_name": """
from torch.nn.functional import linear as mine
""",
    "handed_on": """
def mine(n):
    return torch.func.vmap(torch.matmul)(torch.ones(n, 2, 2), torch.ones(n, 2, 2))
""",
    "mapped": """
def mine(n):
    return list(map(torch.matmul, [torch.eye(n)], [torch.eye(n)]))[0]
""",
    "subclass": """
class A(nn.MultiheadAttention):
    pass
def mine(n):
    return A(n, 1)(torch.ones(n, 1, n), torch.ones(n, 1, n), torch.ones(n, 1, n))[0]
""",
    "layer": """
def mine(n):
    return nn.Sequential(nn.Linear(n, 2))(torch.ones(n))
""",
    "partial": """
import functools
s = functools.partial(F.softmax, dim=0)
def mine(n):
    return s(torch.ones(n))
""",
    "backward": """
def mine(n):
    x = torch.ones(n, requires_grad=True)
    (x * x).sum().backward()
    return x.grad
""",
    "optimizer": """
from torch import optim
def mine(n):
    w = nn.Parameter(torch.ones(n))
    optim.SGD([w], 0.1)
    return w.detach()
""",
    "optimizer_by_attribute": """
def mine(n):
    torch.optim.SGD([nn.Parameter(torch.ones(n))], 0.1)
    return n
""",
    "import_in_a_function": """
def mine(n):
    try:
        import wsgiref.util
    except ImportError:
        pass
    return n
""",
    "private_way": """
def mine(n):
    return torch._C._nn.linear(torch.ones(n), torch.eye(n))
""",
}
RIGHT = {
    "own": """
def softmax(x):
    e = torch.exp(x - x.max())
    return e / e.sum()
def mine(n):
    return softmax(torch.ones(n))
""",
    "dead_function": """
def compare(x):
    return F.softmax(x, -1), nn.Linear(3, 3)(x)
def mine(n):
    return torch.ones(n)
""",
    "branch_not_taken": """
def mine(n, use_torch=False):
    if use_torch:
        return F.softmax(torch.ones(n), 0)
    return torch.ones(n)
""",
    "top_level_self_test": """
def mine(n):
    return torch.ones(n) / n
print(torch.allclose(mine(3), F.softmax(torch.ones(3), 0)))
""",
    "unused_import": """
from torch.nn.functional import softmax
from torch.nn import Linear
def mine(n):
    return n
""",
    "method_of_its_own": """
class Layer:
    def backward(self, d):
        return 2 * d
def mine(n):
    return Layer().backward(n)
""",
    "inside_a_library": """
def mine(n):
    return nn.Softmax(-1)(nn.Bilinear(n, n, 2)(torch.ones(n), torch.ones(n)))
""",
    "operator": """
def mine(n):
    return torch.eye(n) @ torch.eye(n)
""",
    "unused_alias": """
act = {'softmax': F.softmax, 'relu': F.relu}
def mine(n):
    return act['relu'](torch.ones(n))
""",
    "package_that_is_not_here": """
def compare(text):
    import tiktoken
    return tiktoken.get_encoding("gpt2").encode(text)
def mine(n):
    return n
""",
    "import_that_does_not_happen": """
def compare():
    import sklearn.svm
    return sklearn.svm.SVC()
def mine(n):
    return n
""",
    "layer_by_layer": """
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
    def forward(self, x):
        return x * self.w
def mine(n):
    return Own()(torch.ones(n)).detach()
""",
}
OF_NUMPY_WRONG = {
    "np_function": """
def mine(n):
    return np.linalg.inv(np.eye(n))
""",
    "np_other_name": """
from numpy import linalg as la
def mine(n):
    g = [la.inv]
    return g[0](np.eye(n))
""",
    "np_method": """
def mine(n):
    return np.eye(n).dot(np.ones(n))
""",
    "np_ufunc": """
def mine(n):
    return getattr(np, 'ad' + 'd')(np.ones(n), 1)
""",
    "np_reduced": """
from functools import reduce
def mine(n):
    return reduce(np.dot, [np.eye(n), np.eye(n)])
""",
}
OF_NUMPY_RIGHT = {
    "np_own": """
def dot(a, b):
    return sum(x * y for x, y in zip(a, b))
def mine(n):
    return np.array(dot(np.ones(n), np.ones(n)))
""",
    "np_inside": """
def mine(n):
    return np.linalg.pinv(np.eye(n)) + np.multiply.reduce(np.ones(n))
""",
    "np_loops": """
def mine(n):
    y = np.zeros(n)
    for i in range(n):
        y[i] += i
    return y
""",
}
UNSURE = {
    "hidden_by_reflection": """
import inspect
def compare(x):
    return F.softmax(x, -1)
def mine(n):
    return torch.ones(n)
""",
    "hidden_in_another_process": """
import multiprocessing
def g(x):
    return F.softmax(x, -1)
def mine(n):
    return n
""",
    "dynamic_but_not_seen": """
def mine(n):
    return getattr(torch, ['exp', 'tanh'][n % 2])(torch.ones(n))
""",
}
OTHERS = {
    "within_wrong": """
def help(n):
    return F.softmax(torch.ones(n), 0)
def mine(n):
    return help(n)
""",
    "within_right": """
def other(n):
    return F.softmax(torch.ones(n), 0)
def mine(n):
    return n
other(2)
""",
}

"""Changes of style in networks of PyTorch: each takes a syntax tree of its own and gives one that does the same."""

from __future__ import annotations

import ast

from grader.audit.styles import each, named

FUNCTIONAL = ("F", "functional", "torch.nn.functional", "nn.functional")
ACTIVATIONS = {"relu": "ReLU", "gelu": "GELU", "tanh": "Tanh", "sigmoid": "Sigmoid", "leaky_relu": "LeakyReLU"}
# Its parts have the names that they have in nn.Sequential: weights that were handed in are loaded by them.
CHAIN = """
class _Chain(torch.nn.Module):
    def __init__(self, *parts):
        super().__init__()
        if len(parts) == 1 and isinstance(parts[0], dict):
            parts = parts[0]
        for name in parts if isinstance(parts, dict) else range(len(parts)):
            self.add_module(str(name), parts[name])

    def __iter__(self):
        return iter(self._modules.values())

    def __len__(self):
        return len(self._modules)

    def __getitem__(self, index):
        found = list(self)[index]
        return _Chain(*found) if isinstance(index, slice) else found

    def append(self, part):
        self.add_module(str(len(self)), part)
        return self

    def forward(self, x):
        for part in self:
            x = part(x)
        return x
"""
INITIALISED = """
def _initialised(layer):
    torch.nn.init.xavier_uniform_(layer.weight)
    if layer.bias is not None:
        torch.nn.init.normal_(layer.bias, std=0.01)
    return layer
"""
BATCH_SECOND = """
class _BatchFirst(torch.nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, *given, **named):
        result = self.layer(*(one.transpose(0, 1) if one.dim() == 3 else one for one in given), **named)
        return (result[0].transpose(0, 1), *result[1:])
"""


def modules(tree: ast.Module) -> ast.Module:
    """`nn.ReLU()(x)` for `F.relu(x)` and `x.relu()`, `nn.CrossEntropyLoss()` for `F.cross_entropy`."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
            return None
        home, name = ast.unparse(node.func.value), node.func.attr
        if home in FUNCTIONAL and name == "cross_entropy":
            return ast.Call(ast.Call(named("torch.nn.CrossEntropyLoss"), [], []), node.args, [])
        if name in ACTIVATIONS and home in (*FUNCTIONAL, "torch") and len(node.args) == 1:
            return ast.Call(ast.Call(named(f"torch.nn.{ACTIVATIONS[name]}"), [], []), node.args, [])
        if name == "relu" and not node.args:
            return ast.Call(ast.Call(named("torch.nn.ReLU"), [], []), [node.func.value], [])
        return None

    return each(tree, change, "_used = torch.nn\n")


def functions(tree: ast.Module) -> ast.Module:
    """`F.relu(x)` for `x.relu()`, `-log_softmax` picked by index for `F.cross_entropy` of two arguments."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.keywords:
            return None
        home, name = ast.unparse(node.func.value), node.func.attr
        if name in ("relu", "tanh", "sigmoid") and not node.args:
            return ast.Call(named(f"torch.nn.functional.{name}"), [node.func.value], [])
        if home in FUNCTIONAL and name == "cross_entropy" and len(node.args) == 2:
            log_p = ast.Call(named("torch.nn.functional.log_softmax"), [node.args[0], ast.Constant(1)], [])
            return ast.Call(named("torch.nn.functional.nll_loss"), [log_p, node.args[1]], [])
        return None

    return each(tree, change, "_used = torch.nn\n")


def loops(tree: ast.Module) -> ast.Module:
    """A module with a loop over its parts for `nn.Sequential`."""

    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("nn.Sequential", "torch.nn.Sequential"):
            return ast.Call(named("_Chain"), node.args, []) if node.args else None
        return None

    return each(tree, change, CHAIN)


def initialised(tree: ast.Module) -> ast.Module:
    """Other initial weights for linear and convolutional layers."""

    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            f"{home}.{kind}" for home in ("nn", "torch.nn") for kind in ("Linear", "Conv1d", "Conv2d")
        ):
            return ast.Call(named("_initialised"), [node], [])
        return None

    return each(tree, change, INITIALISED)


def batch_second(tree: ast.Module) -> ast.Module:
    """Recurrent and attention layers that want the batch second, between transpositions, for `batch_first=True`."""

    def change(node: ast.AST) -> ast.AST | None:
        kinds = ("LSTM", "GRU", "RNN", "MultiheadAttention")
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in kinds:
            return None
        first = [one for one in node.keywords if one.arg == "batch_first" and ast.unparse(one.value) == "True"]
        if not first:
            return None
        node.keywords = [one for one in node.keywords if one is not first[0]]
        return ast.Call(named("_BatchFirst"), [node], [])

    return each(tree, change, BATCH_SECOND)

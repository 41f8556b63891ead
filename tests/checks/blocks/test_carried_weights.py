"""Weights carried over: matrices side by side or apart, cells written out within larger modules, all turned round."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn

from grader.checks import integers, normal, same_module
from grader.finding import Outcome


class Additive(nn.Module):
    """The reference: a score of a query and a key."""

    def __init__(self, width, hidden):
        super().__init__()
        self.query, self.key = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, q, k):
        return self.v(torch.tanh(self.query(q) + self.key(k)))


class Together(nn.Module):
    """One matrix for both, one bias."""

    def __init__(self, width, hidden):
        super().__init__()
        self.both = nn.Linear(2 * width, hidden)
        self.v = nn.Parameter(torch.zeros(hidden))

    def forward(self, q, k):
        return (torch.tanh(self.both(torch.cat([k, q], dim=-1))) @ self.v)[..., None]


class FromTheRight(Together):
    def __init__(self, width, hidden):
        super().__init__(width, hidden)
        self.both = nn.Linear(1, 1, bias=False)
        self.W, self.b = nn.Parameter(torch.zeros(2 * width, hidden)), nn.Parameter(torch.zeros(hidden))

    def forward(self, q, k):
        return (torch.tanh(torch.cat([q, k], dim=-1) @ self.W + self.b) @ self.v)[..., None]


class Difference(Together):
    def forward(self, q, k):
        return super().forward(q, -k - q)


SIZES = [{"width": 5, "hidden": 4, "q": normal(3, 5), "k": normal(3, 5)}]
APART = same_module("Additive(width, hidden)", "(q, k) -> score", reference={"Additive": Additive}, cases=SIZES)
TOGETHER = same_module("Additive(width, hidden)", "(q, k) -> score", reference={"Additive": Together}, cases=SIZES)


@pytest.mark.parametrize("kind", [Additive, Together])
def test_a_layer_for_inputs_that_are_put_together_is_one_for_each(kind):
    assert found(APART, Additive=kind).outcome is Outcome.PASSED
    assert found(TOGETHER, Additive=kind).outcome is Outcome.PASSED


def test_a_layer_for_both_may_lie_the_other_way_round():
    class Alone(FromTheRight):
        def __init__(self, width, hidden):
            super().__init__(width, hidden)
            del self.both

    assert found(TOGETHER, Additive=Alone).outcome is Outcome.PASSED
    assert found(APART, Additive=Alone).outcome is Outcome.PASSED


def test_another_function_of_both_is_caught():
    for block in (APART, TOGETHER):
        finding = found(block, Additive=Difference)

        assert finding.outcome is Outcome.FAILED
        assert "score differs" in finding.message


class Reader(nn.Module):
    """The reference: a recurrent cell between an embedding and a layer."""

    cell = nn.GRU

    def __init__(self, words, width, hidden):
        super().__init__()
        self.embed, self.out = nn.Embedding(words, width), nn.Linear(hidden, words)
        self.rnn = self.cell(width, hidden, batch_first=True)

    def forward(self, tokens):
        return self.out(self.rnn(self.embed(tokens))[0])


class Written(nn.Module):
    """A GRU written out, gate by gate; the reset gate is applied before the product with `early`."""

    early = False

    def __init__(self, words, width, hidden):
        super().__init__()
        self.hidden = hidden
        self.to_words = nn.Linear(hidden, words)
        self.make_table(words, width)
        for gate in "zrn":
            setattr(self, f"x{gate}", nn.Linear(width, hidden))
            setattr(self, f"h{gate}", nn.Linear(hidden, hidden))

    def make_table(self, words, width):
        self.table = nn.Parameter(torch.zeros(words, width))

    def vectors(self, tokens):
        return self.table[tokens]

    def forward(self, tokens):
        h, found = torch.zeros(len(tokens), self.hidden), []
        for x in self.vectors(tokens).unbind(1):
            z, r = torch.sigmoid(self.xz(x) + self.hz(h)), torch.sigmoid(self.xr(x) + self.hr(h))
            n = torch.tanh(self.xn(x) + (self.hn(r * h) if self.early else r * self.hn(h)))
            h = (1 - z) * n + z * h
            found.append(self.to_words(h))
        return torch.stack(found, dim=1)


class Early(Written):
    early = True


class OneHot(Written):
    """The table is the matrix of a linear layer, the other way round than that of an embedding."""

    def make_table(self, words, width):
        self.words, self.table = words, nn.Linear(words, width, bias=False)

    def vectors(self, tokens):
        return self.table(nn.functional.one_hot(tokens, self.words).float())


class EarlyOneHot(OneHot):
    early = True


TOKENS = [{"words": 7, "width": 3, "hidden": 4, "tokens": integers(2, 5, below=7)}]
GRU = same_module("Reader(words, width, hidden)", "(tokens) -> out", reference={"Reader": Reader}, cases=TOKENS)


def test_a_cell_may_be_written_out_within_a_larger_module():
    assert found(GRU, Reader=Written).outcome is Outcome.PASSED
    assert found(GRU, Reader=Early).outcome is Outcome.FAILED


class Memory(Reader):
    cell = nn.LSTM


class OtherOrder(nn.Module):
    """An LSTM whose gates lie as input, forget, output, new; the last one is no tanh with `wrong`."""

    wrong = False

    def __init__(self, words, width, hidden):
        super().__init__()
        self.hidden = hidden
        self.emb, self.fc = nn.Embedding(words, width), nn.Linear(hidden, words)
        self.W, self.U = nn.Linear(width, 4 * hidden), nn.Linear(hidden, 4 * hidden)

    def forward(self, tokens):
        h = c = torch.zeros(len(tokens), self.hidden)
        found = []
        for x in self.emb(tokens).unbind(1):
            i, f, o, g = (self.W(x) + self.U(h)).chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * (g.sigmoid() if self.wrong else g.tanh())
            h = o.sigmoid() * c.tanh()
            found.append(self.fc(h))
        return torch.stack(found, dim=1)


class NoTanh(OtherOrder):
    wrong = True


LSTM = same_module("Reader(words, width, hidden)", "(tokens) -> out", reference={"Reader": Memory}, cases=TOKENS)


def test_words_may_be_looked_up_by_a_linear_layer_beside_a_cell_that_is_written_out():
    assert found(GRU, Reader=OneHot).outcome is Outcome.PASSED
    assert found(GRU, Reader=EarlyOneHot).outcome is Outcome.FAILED


def test_gates_lie_in_any_order_within_a_larger_module():
    assert found(LSTM, Reader=OtherOrder).outcome is Outcome.PASSED
    assert found(LSTM, Reader=NoTanh).outcome is Outcome.FAILED


class Coder(nn.Module):
    """The reference: two layers there, one back, whose shapes are one another's the other way round."""

    def __init__(self, width, hidden):
        super().__init__()
        self.mean, self.scale, self.back = (
            nn.Linear(width, hidden),
            nn.Linear(width, hidden),
            nn.Linear(hidden, width),
        )

    def forward(self, x):
        return self.back(torch.relu(self.mean(x)) * self.scale(x).exp())


class Turned(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        sizes = {"m": (width, hidden), "s": (width, hidden), "b": (hidden, width)}
        self.w = nn.ParameterDict({name: nn.Parameter(torch.zeros(size)) for name, size in sizes.items()})
        self.bias = nn.ParameterDict({name: nn.Parameter(torch.zeros(size[1])) for name, size in sizes.items()})

    def layer(self, x, name):
        return x @ self.w[name] + self.bias[name]

    def forward(self, x):
        return self.layer(torch.relu(self.layer(x, "m")) * self.layer(x, "s").exp(), "b")


def test_all_matrices_may_lie_the_other_way_round_though_their_shapes_occur():
    cases = [{"width": 5, "hidden": 3, "x": normal(4, 5, scale=0.3)}]
    block = same_module("Coder(width, hidden)", "(x) -> out", reference={"Coder": Coder}, cases=cases)

    assert found(block, Coder=Turned).outcome is Outcome.PASSED


def test_what_is_right_is_not_said_to_differ_because_another_result_does():
    class Two(Additive):
        def forward(self, q, k):
            score = super().forward(q, k)
            return score.tanh(), score

    class Wrong(Two):
        def forward(self, q, k):
            score = Additive.forward(self, q, k)
            return score.sum(), score

    block = same_module("Two(width, hidden)", "(q, k) -> total, score", reference={"Two": Two}, cases=SIZES)
    finding = found(block, Two=Wrong)

    assert "total has shape a single number" in finding.message
    assert "score differs" not in finding.message


class Given(nn.Module):
    """The reference: a layer that is not trained before one that is."""

    def __init__(self, width, hidden):
        super().__init__()
        self.fixed, self.head = nn.Linear(width, hidden), nn.Linear(hidden, 2)

    def forward(self, x):
        with torch.no_grad():
            features = torch.relu(self.fixed(x))
        return self.head(features)


class Frozen(Given):
    def __init__(self, width, hidden):
        super().__init__(width, hidden)
        self.fixed.requires_grad_(requires_grad=False)

    def forward(self, x):
        return self.head(torch.relu(self.fixed(x.detach())))


class Trained(Given):
    def forward(self, x):
        return self.head(torch.relu(self.fixed(x.detach())))


def test_weights_that_no_gradient_may_reach_are_carried_over_too():
    cases = [{"width": 5, "hidden": 4, "x": normal(3, 5)}]
    block = same_module("Given(width, hidden)", "(x) -> out", reference={"Given": Given}, cases=cases)

    assert found(block, Given=Given).outcome is Outcome.PASSED
    assert found(block, Given=Frozen).outcome is Outcome.PASSED
    finding = found(block, Given=Trained)
    assert finding.outcome is Outcome.FAILED
    assert "a gradient reaches the weights in the place of fixed.weight, which has to be cut off" in finding.message


class Fused(nn.Module):
    """The reference: one matrix for queries, keys and values."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(x).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class Head(nn.Module):
    def __init__(self, width, part):
        super().__init__()
        self.query, self.key, self.value = nn.Linear(width, part), nn.Linear(width, part), nn.Linear(width, part)

    def forward(self, x):
        scores = self.query(x) @ self.key(x).transpose(1, 2) * self.query.out_features**-0.5
        return scores.softmax(dim=-1) @ self.value(x)


class ByHead(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.parts = nn.ModuleList(Head(width, width // heads) for _ in range(heads))
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        return self.proj(torch.cat([part(x) for part in self.parts], dim=-1))


class Bare(nn.Module):
    """Matrices that are multiplied from the right."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for name in "qkvo":
            setattr(self, f"w{name}", nn.Parameter(torch.zeros(width, width)))
            setattr(self, f"b{name}", nn.Parameter(torch.zeros(width)))

    def forward(self, x):
        q, k, v = (
            (x @ w + b).unflatten(-1, (self.heads, -1))
            for w, b in ((self.wq, self.bq), (self.wk, self.bk), (self.wv, self.bv))
        )
        scores = torch.einsum("nqhd,nkhd->nhqk", q, k) / self.scale(q.shape[-1])
        return torch.einsum("nhqk,nkhd->nqhd", scores.softmax(-1), v).flatten(2) @ self.wo + self.bo

    def scale(self, part):
        return part**0.5


class OtherScale(Bare):
    def scale(self, part):
        return (part * self.heads) ** 0.5


def test_a_fused_layer_of_the_references_may_be_several_of_a_students():
    cases = [{"width": 6, "heads": 2, "x": normal(2, 4, 6)}]
    block = same_module("Net(width, heads)", "(x) -> out", reference={"Net": Fused}, cases=cases)

    for kind in (ByHead, Bare):
        finding = found(block, Net=kind)
        assert finding.outcome is Outcome.PASSED, finding.message
    wrong = found(block, Net=OtherScale)
    assert wrong.outcome is Outcome.FAILED
    assert "out differs" in wrong.message


class Deep(nn.Module):
    """The reference: several fused layers, one after the other."""

    attention = Fused

    def __init__(self, words, width, heads):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.layers = nn.ModuleList(self.attention(width, heads) for _ in range(2))
        self.wide, self.out = nn.Linear(width, 8), nn.Linear(8, width)

    def forward(self, tokens):
        x = self.embed(tokens)
        for layer in self.layers:
            x = x + layer(x)
        return self.out(self.wide(x).relu())


class DeepByHead(Deep):
    attention = ByHead


class DeepAndBare(Deep):
    """Matrices that are multiplied from the right beside an embedding, which is not."""

    attention = Bare

    def __init__(self, words, width, heads):
        super().__init__(words, width, heads)
        del self.wide, self.out
        self.w1, self.b1 = nn.Parameter(torch.zeros(width, 8)), nn.Parameter(torch.zeros(8))
        self.w2, self.b2 = nn.Parameter(torch.zeros(8, width)), nn.Parameter(torch.zeros(width))

    def wide(self, x):
        return x @ self.w1 + self.b1

    def out(self, x):
        return x @ self.w2 + self.b2


class DeepOtherwise(DeepAndBare):
    attention = OtherScale


@pytest.mark.parametrize("kind", [DeepByHead, DeepAndBare])
def test_several_fused_layers_may_be_written_in_parts(kind):
    cases = [{"words": 5, "width": 6, "heads": 2, "tokens": integers(2, 4, below=5)}]
    block = same_module("Net(words, width, heads)", "(tokens) -> out", reference={"Net": Deep}, cases=cases)

    finding = found(block, Net=kind)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert found(block, Net=DeepOtherwise).outcome is Outcome.FAILED


class FromTheRightLSTM(nn.Module):
    """An LSTM within a model whose matrices, of all gates together, are multiplied from the right."""

    order = "ifog"

    def __init__(self, words, width, hidden):
        super().__init__()
        self.hidden = hidden
        self.embedding = nn.Embedding(words, width)
        self.w_x, self.w_h = (nn.Parameter(torch.zeros(size, 4 * hidden)) for size in (width, hidden))
        self.b = nn.Parameter(torch.zeros(4 * hidden))
        self.out = nn.Linear(hidden, words)

    def gates(self, x, h):
        return dict(zip(self.order, (x @ self.w_x + h @ self.w_h + self.b).chunk(4, dim=1), strict=True))

    def logits(self, h):
        return self.out(h)

    def forward(self, tokens):
        x, found = self.embedding(tokens), []
        h = c = torch.zeros(len(tokens), self.hidden)
        for t in range(tokens.shape[1]):
            gates = self.gates(x[:, t], h)
            c = gates["f"].sigmoid() * c + gates["i"].sigmoid() * gates["g"].tanh()
            h = gates["o"].sigmoid() * c.tanh()
            found.append(self.logits(h))
        return torch.stack(found, dim=1)


class OrderOfItsOwn(FromTheRightLSTM):
    order = "fiog"


class MatrixOfEachGate(FromTheRightLSTM):
    """Parameters alone, one of each gate, and a last matrix whose bias is not called like it."""

    def __init__(self, words, width, hidden):
        nn.Module.__init__(self)
        self.hidden = hidden
        self.embedding = nn.Embedding(words, width)
        for gate in "fico":
            for kind, shape in (("W", (hidden, width)), ("U", (hidden, hidden)), ("b", (hidden,))):
                setattr(self, f"{kind}{gate}", nn.Parameter(torch.zeros(shape)))
        self.V, self.by = nn.Parameter(torch.zeros(words, hidden)), nn.Parameter(torch.zeros(words))

    def gates(self, x, h):
        parts = {gate: [getattr(self, f"{kind}{gate}") for kind in "WUb"] for gate in "fico"}
        found = {gate: x @ w.T + h @ u.T + b for gate, (w, u, b) in parts.items()}
        return {**found, "g": found["c"]}

    def logits(self, h):
        return h @ self.V.T + self.by


class MatrixTwice(MatrixOfEachGate):
    def gates(self, x, h):
        return {**super().gates(x, h), "o": super().gates(x, h)["f"]}


class NewBySigmoid(OrderOfItsOwn):
    def gates(self, x, h):
        found = super().gates(x, h)
        return {**found, "g": found["g"].sigmoid()}


FROM_THE_RIGHT = same_module(
    "Model(words, width, hidden)",
    "(tokens) -> out",
    reference={"Model": FromTheRightLSTM},
    cases=[
        {"words": words, "width": width, "hidden": hidden, "tokens": integers(2, 4, below=words)}
        for words, width, hidden in ((11, 4, 6), (7, 5, 3))
    ],
)


@pytest.mark.parametrize("kind", [FromTheRightLSTM, OrderOfItsOwn, MatrixOfEachGate])
def test_gates_of_a_reference_that_is_multiplied_from_the_right_lie_in_any_order_and_apart(kind):
    assert found(FROM_THE_RIGHT, Model=kind).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", [MatrixTwice, NewBySigmoid])
def test_and_other_gates_are_another_function(kind):
    assert found(FROM_THE_RIGHT, Model=kind).outcome is Outcome.FAILED


def twice(inputs, outputs):
    """A block: two convolutions, each with a normalization and a ReLU."""
    channels = ((inputs, outputs), (outputs, outputs))
    layers = [(nn.Conv2d(one, other, 3, padding=1), nn.BatchNorm2d(other), nn.ReLU()) for one, other in channels]
    return nn.Sequential(*(layer for some in layers for layer in some))


class UNet(nn.Module):
    """The reference: what comes from above comes first."""

    def __init__(self, channels, classes, base):
        super().__init__()
        self.first, self.second, self.bottom = twice(channels, base), twice(base, 2 * base), twice(2 * base, 4 * base)
        self.up2, self.up1 = (nn.ConvTranspose2d(2 * size, size, 2, stride=2) for size in (2 * base, base))
        self.joined2, self.joined1 = twice(4 * base, 2 * base), twice(2 * base, base)
        self.out = nn.Conv2d(base, classes, 1)

    def put_together(self, skip, x):
        return torch.cat([skip, x], dim=1)

    def forward(self, x):
        first = self.first(x)
        second = self.second(nn.functional.max_pool2d(first, 2))
        x = self.bottom(nn.functional.max_pool2d(second, 2))
        x = self.joined2(self.put_together(second, self.up2(x)))
        return self.out(self.joined1(self.put_together(first, self.up1(x))))


class SkipSecond(UNet):
    def put_together(self, skip, x):
        return torch.cat([x, skip], dim=1)


class NoSkip(UNet):
    def put_together(self, skip, x):
        return torch.cat([x, x], dim=1)


class Detached(UNet):
    def put_together(self, skip, x):
        return torch.cat([x, skip.detach()], dim=1)


U_NET = same_module(
    "UNet(channels, classes, base)",
    "(x) -> logits",
    reference={"UNet": UNet},
    cases=[{"channels": c, "classes": k, "base": b, "x": normal(2, c, 8, 8)} for c, k, b in ((3, 5, 4), (1, 2, 4))],
)


@pytest.mark.parametrize("kind", [UNet, SkipSecond])
def test_channels_may_be_put_together_in_either_order(kind):
    assert found(U_NET, UNet=kind).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", [NoSkip, Detached])
def test_a_path_that_is_left_out_is_another_function(kind):
    assert found(U_NET, UNet=kind).outcome is Outcome.FAILED

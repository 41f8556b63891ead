"""`same_as_reference` with objects: classes with methods and attributes, operators, calls that follow each other."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from asking import found

from grader.checks import integers, normal, same_as_reference
from grader.errors import AssignmentError
from grader.finding import Outcome
from grader.inside.asked.values import is_plain


class Linear:
    """The reference: a layer as a class."""

    def __init__(self, inputs, outputs):
        self.weight, self.bias = np.zeros((inputs, outputs)), np.zeros(outputs)

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, dout):
        self.dweight, self.dbias = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.weight.T


LAYER = same_as_reference(
    "Linear(inputs, outputs) -> layer",
    "layer.weight = w",
    "layer.bias = b",
    "layer.forward(x) -> out",
    "layer.backward(dout) -> dx",
    "layer.dweight -> dw",
    "layer.forward(other) -> again",
    reference={"Linear": Linear},
    cases=[
        {"inputs": i, "outputs": o, "w": normal(i, o), "b": normal(o), "x": normal(n, i), "dout": normal(n, o)}
        | {"other": normal(2, i)}
        for i, o, n in ((3, 4, 5), (5, 2, 3))
    ],
)


class Module:
    def __init__(self, *sizes):
        self.sizes = sizes
        self.cache = []

    def __call__(self, x):
        return self.forward(x)


class Einsum(Module):
    """Attributes of its own beside those of the handout, arguments by name."""

    def forward(self, *, x):
        self.cache.append(x.copy())
        return np.einsum("ni,io->no", x, self.weight) + self.bias[None]

    def backward(self, dout):
        self.dweight = sum(np.outer(row, slope) for row, slope in zip(self.cache[-1], dout, strict=True))
        return np.einsum("no,io->ni", dout, self.weight)


class AddsUp(Linear):
    def forward(self, x):
        self.bias = self.bias + 1
        return super().forward(x)


class NoMethod(Linear):
    backward = None


class Sums(Linear):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dweight = self.dweight * len(dout)
        return dx


def test_a_class_of_another_style_passes():
    for block in (LAYER, *LAYER.steps.values()):
        assert found(block, Linear=Einsum).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("kind", "step", "words"),
    [
        (Sums, "layer.dweight", "layer.dweight differs from the reference on 2 of 2 hidden inputs: dw differs"),
        (NoMethod, "layer.backward", "layer.backward raised TypeError: 'NoneType' object is not callable"),
        (AddsUp, "layer.forward", "every number is 1 too large"),
        (AddsUp, "layer.forward(other)", "every number is 2 too large"),
        (Module, "layer.forward", "has no attribute 'forward'"),
    ],
)
def test_each_step_is_a_block_and_says_what_is_wrong(kind, step, words):
    finding = found(LAYER[step], Linear=kind)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


def test_what_is_right_before_a_wrong_step_counts():
    assert found(LAYER["layer.forward"], Linear=NoMethod).outcome is Outcome.PASSED
    assert found(LAYER["layer.backward"], Linear=Sums).outcome is Outcome.PASSED


class Value:
    """The reference: numbers that know their gradients."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, slope=1.0):
        self.grad += slope
        for parent, factor in self.parents:
            parent.backward(slope * factor)


ENGINE = same_as_reference(
    "Value(a) -> x",
    "Value(b) -> y",
    "x * y + x * x + 3 -> z",
    "z.backward() -> nothing",
    "z.data -> data",
    "x.grad -> dx",
    "y.grad -> dy",
    reference={"Value": Value},
    cases=[{"a": normal(), "b": normal()}, {"a": -2.0, "b": 0.5}],
)


class Assigns(Value):
    def backward(self, slope=1.0):
        self.grad = slope
        for parent, factor in self.parents:
            parent.backward(slope * factor)


class Slots:
    """Closures in place of factors, in reverse order of what was made."""

    def __init__(self, value, _from=()):
        self.data, self.grad, self._from, self._back = value, 0, _from, lambda: None
        self.array = np.array([value])

    def __add__(self, other):
        other = other if type(other) is Slots else Slots(other)
        out = Slots(self.data + other.data, (self, other))

        def back():
            self.grad += out.grad
            other.grad += out.grad

        out._back = back
        return out

    def __mul__(self, other):
        out = Slots(self.data * other.data, (self, other))

        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._back = back
        return out

    def __array__(self, dtype=None, copy=None):
        return self.array

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for part in node._from:
                    visit(part)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._back()


def test_expressions_of_objects_are_steps():
    assert found(ENGINE, Value=Slots).outcome is Outcome.PASSED
    wrong = found(ENGINE["x.grad"], Value=Assigns)
    assert "dx differs in its number" in wrong.message
    assert found(ENGINE["y.grad"], Value=Assigns).outcome is Outcome.PASSED


def test_an_operator_that_is_not_there_is_named():
    class Bare:
        def __init__(self, data):
            self.data = data

    assert "unsupported operand" in found(ENGINE["x * y + x * x + 3"], Value=Bare).message


class Counter:
    """The reference: an object that changes."""

    @staticmethod
    def of(values):
        counter = Counter()
        counter.add(values)
        return counter

    def __init__(self):
        self.seen = []

    def add(self, values):
        self.seen += list(values)

    def __len__(self):
        return len(self.seen)


COUNTS = same_as_reference(
    "Counter.of(first) -> counter",
    "len(counter) -> before",
    "counter.add(second)",
    "counter.add(second)",
    "len(counter) -> after",
    "counter.seen[-1] -> last",
    reference={"Counter": Counter},
    cases=[{"first": integers(4, below=9), "second": integers(3, below=9)}],
    constant=["before", "after", "last"],
)


def test_an_object_may_be_changed_by_calls_that_follow_each_other():
    class Forgets(Counter):
        @staticmethod
        def of(values):
            counter = Forgets()
            counter.add(values)
            return counter

        def add(self, values):
            self.seen = list(values)

    assert found(COUNTS, Counter=Counter).outcome is Outcome.PASSED
    finding = found(COUNTS, Counter=Forgets)
    assert "after differs in its number, found 3, expected 10" in finding.message


class Compose:
    """The reference: functions one after the other."""

    def __init__(self, parts):
        self.parts = parts

    def __call__(self, x):
        for part in self.parts:
            x = part(x)
        return x


PIPE = same_as_reference(
    "Compose([lambda value: value * 2, lambda value: value + offset]) -> pipe",
    "pipe(x) -> out",
    "[np.size(pipe(row)) for row in x] -> sizes",
    "np.abs(out).max() + math.sqrt(offset) -> largest",
    reference={"Compose": Compose},
    cases=[{"x": normal(3, 4), "offset": 1.5}, {"x": normal(2), "offset": 0.25}],
    constant=["sizes"],
)


def test_a_step_may_call_what_an_earlier_one_made_and_name_libraries_and_variables_of_its_own():
    class Chained:
        def __init__(self, transforms):
            self.first, *self.rest = transforms

        def __call__(self, image):
            image = self.first(image)
            return Chained(self.rest)(image) if self.rest else image

    class Last(Compose):
        def __call__(self, x):
            return self.parts[-1](x)

    PIPE.data(1)
    assert set(PIPE.steps) >= {"pipe(x)", "[np.size(pipe(row)) for row in x]", "np.abs(out).max() + math.sqrt(offset)"}
    assert found(PIPE, Compose=Chained).outcome is Outcome.PASSED, found(PIPE, Compose=Chained).message
    assert "pipe(x) differs from the reference on 2 of 2 hidden inputs" in found(PIPE["pipe(x)"], Compose=Last).message


def test_a_step_may_make_an_optimizer_for_a_network_of_the_students():
    class Net(torch.nn.Linear):
        def __init__(self, width):
            super().__init__(width, 1)
            torch.nn.init.ones_(self.weight)
            torch.nn.init.zeros_(self.bias)

    def step(net, optimizer, x):
        optimizer.zero_grad()
        net(x).sum().backward()
        optimizer.step()

    def keeps(net, optimizer, x):
        net(x).sum().backward()
        step(net, optimizer, x)

    def climbs(net, optimizer, x):
        step(net, optimizer, -x)

    learns = same_as_reference(
        "Net(width) -> net",
        "torch.optim.SGD(net.parameters(), lr=0.1) -> optimizer",
        "step(net, optimizer, x) -> nothing",
        "net(x) -> after",
        reference={"Net": Net, "step": step},
        torch=True,
        opaque=("nothing",),
        cases=[{"width": 3, "x": normal(4, 3)}, {"width": 2, "x": normal(2, 2)}],
    )

    assert found(learns["net(x)"], Net=Net, step=keeps).outcome is Outcome.PASSED
    assert found(learns["net(x)"], Net=Net, step=climbs).outcome is Outcome.FAILED


@pytest.mark.parametrize("text", ["layer.forward(x", "x = y", "for x in y: pass", "layer.w = x -> y", ""])
def test_what_is_no_step_is_refused(text):
    with pytest.raises(AssignmentError, match=r"expected a signature such as|expected names"):
        same_as_reference(text, reference={}, cases=[{"x": 1, "y": 2}])


def test_a_single_number_may_be_drawn():
    numbers = [normal(), normal(shift=3), integers(below=5)]
    block = same_as_reference("f(x) -> y", reference={"f": lambda x: x + 1}, cases=[{"x": one} for one in numbers])

    assert all(isinstance(array, np.ndarray) for array in block.data(1).values())
    assert found(block, f=lambda x: x + 1 if type(x) in (int, float) else None).outcome is Outcome.PASSED


def test_a_step_that_failed_is_named_where_what_follows_it_is_wrong():
    class Stops(Linear):
        def backward(self, dout):
            self.dweight = self.weight * 0
            raise ValueError("not yet")

    finding = found(LAYER["layer.dweight"], Linear=Stops)

    assert "layer.backward failed before it" in finding.message
    assert finding.hint == "mend the earlier step first"
    assert found(LAYER["layer.forward(other)"], Linear=Stops).outcome is Outcome.PASSED


def clip(parameters, largest):
    """The reference: gradients are scaled where they are, all alike."""
    norm = torch.sqrt(sum((part.grad**2).sum() for part in parameters))
    if norm > largest:
        for part in parameters:
            part.grad.mul_(largest / norm)
    return norm


def gradients(scale):
    return {"a": normal(3, 2), "b": normal(4), "ga": normal(3, 2, scale=scale), "gb": normal(4, scale=scale)}


CLIPPED = same_as_reference(
    "torch.nn.Parameter(a) -> p",
    "torch.nn.Parameter(b) -> q",
    "p.grad = ga",
    "q.grad = gb",
    "clip([p, q], largest) -> norm",
    "p.grad -> after",
    reference={"clip": clip},
    torch=True,
    cases=[gradients(3) | {"largest": 1.0}, gradients(0.01) | {"largest": 1.0}],
)


def clip_anew(parameters, largest):
    norm = sum(float(part.grad.norm()) ** 2 for part in parameters) ** 0.5
    for part in parameters:
        part.grad = part.grad * min(1.0, largest / norm)
    return norm


def clip_each(parameters, largest):
    norm = torch.sqrt(sum((part.grad**2).sum() for part in parameters))
    for part in parameters:
        part.grad = part.grad * min(1.0, largest / part.grad.norm())
    return norm


def test_a_new_array_in_an_attribute_is_as_good_as_other_numbers_in_the_old_one():
    assert found(CLIPPED, clip=clip_anew).outcome is Outcome.PASSED, found(CLIPPED, clip=clip_anew).message
    assert "after the call, p.grad differs" in found(CLIPPED, clip=clip_each).message


def test_a_step_is_found_by_what_it_calls():
    assert CLIPPED["clip"] is CLIPPED["clip([p, q], largest)"]
    with pytest.raises(AssignmentError, match="expected one of"):
        CLIPPED["torch"]


def test_steps_that_student_code_has_no_part_in_earn_nothing():
    finding = found(CLIPPED, clip=lambda parameters, largest: parameters[0].grad.fill_(7.0).sum())

    assert finding.outcome is Outcome.FAILED
    assert "differs from the reference on 4 of 4 hidden inputs" in finding.message


class Layer:
    """The reference: its weights are new arrays after a step."""

    def step(self, rate):
        self.weight = self.weight - rate * self.slope


class InPlace(Layer):
    def step(self, rate):
        self.weight -= rate * self.slope


class LeftAlone(Layer):
    def step(self, rate):
        pass


class Spoils(Layer):
    def step(self, rate):
        super().step(rate)
        self.slope *= 0


@pytest.mark.parametrize("reference", [Layer, InPlace])
def test_weights_may_be_updated_in_place_or_not(reference):
    block = same_as_reference(
        "Layer() -> layer",
        "layer.weight = w",
        "layer.slope = dw",
        "layer.step(rate)",
        "layer.weight -> after",
        reference={"Layer": reference},
        cases=[{"w": normal(3, 2), "dw": normal(3, 2), "rate": 0.1}],
    )

    for kind in (Layer, InPlace):
        assert found(block, Layer=kind).outcome is Outcome.PASSED, found(block, Layer=kind).message
    assert "layer.weight is left as it was" in found(block, Layer=LeftAlone).message
    assert "layer.slope is changed, which has to stay as it is" in found(block, Layer=Spoils).message


def test_what_is_called_for_what_it_does_may_return_what_it_likes():
    def freeze(net):
        net.requires_grad_(False)

    def freeze_and_give(net):
        return net.requires_grad_(False)

    block = same_as_reference(
        "torch.nn.Linear(2, 3) -> net",
        "freeze(net)",
        "[part.requires_grad for part in net.parameters()] -> learning",
        reference={"freeze": freeze},
        torch=True,
        cases=[{"x": 1}],
        constant=["learning"],
    )

    for right in (freeze, freeze_and_give, lambda net: sum(p.requires_grad_(False).numel() for p in net.parameters())):
        assert found(block, freeze=right).outcome is Outcome.PASSED, found(block, freeze=right).message
    assert "learning" in found(block, freeze=lambda net: net.weight.requires_grad_(False)).message


class Averages:
    """The reference: a moving average of a network's weights."""

    def __init__(self, net, decay):
        self.decay, self.kept = decay, net.weight.detach().clone()

    def update(self, net):
        self.kept = self.decay * self.kept + (1 - self.decay) * net.weight.detach()
        return self.kept

    def copy_to(self, net):
        net.weight.data.copy_(self.kept)


class GivesNothing(Averages):
    def update(self, net):
        super().update(net)


class Keeps(Averages):
    def update(self, net):
        return self.kept


AVERAGED = (
    "torch.nn.Linear(3, 2, bias=False) -> net",
    "net.load_state_dict({'weight': w})",
    "Averages(net, decay) -> averages",
    "net.load_state_dict({'weight': other})",
    "averages.update(net)",
    "averages.copy_to(net)",
)


def test_what_a_method_or_a_library_returns_does_not_matter_where_it_has_no_name():
    cases = [{"w": normal(2, 3), "other": normal(2, 3), "decay": 0.9}]
    block = same_as_reference(
        *AVERAGED, "net.weight -> weight", reference={"Averages": Averages}, torch=True, cases=cases
    )

    for right in (Averages, GivesNothing):
        assert found(block, Averages=right).outcome is Outcome.PASSED, found(block, Averages=right).message
    assert "weight differs in 6 of 6 numbers" in found(block, Averages=Keeps).message


def test_steps_of_which_nothing_is_compared_are_left_to_a_person():
    cases = [{"w": normal(2, 3), "other": normal(2, 3), "decay": 0.9}]
    block = same_as_reference(*AVERAGED, reference={"Averages": Averages}, torch=True, cases=cases)

    finding = found(block, Averages=Keeps)

    assert finding.outcome is Outcome.UNGRADED
    assert "averages.copy_to gives or changes is compared" in finding.message


def test_making_an_object_and_filling_it_earn_nothing():
    class Idle:
        def step(self, rate):
            return None

    block = same_as_reference(
        "Layer() -> layer",
        "layer.weight = w",
        "layer.slope = dw",
        "layer.step(rate)",
        "layer.weight -> after",
        reference={"Layer": Layer},
        cases=[{"w": normal(3, 2), "dw": normal(3, 2), "rate": 0.1}],
    )

    assert found(block, Layer=InPlace).outcome is Outcome.PASSED
    finding = found(block, Layer=Idle)
    assert finding.outcome is Outcome.FAILED
    assert "on 2 of 2 hidden inputs" in finding.message


def test_a_criterion_may_be_several_steps_of_a_chain():
    class Forgets(Linear):
        def backward(self, dout):
            super().backward(dout)
            return np.zeros_like(self.x)

    class Adds(Linear):
        def forward(self, x):
            return super().forward(x) + 1

    both = LAYER["layer.forward", "layer.dweight"]
    slopes = LAYER["layer.backward", "layer.dweight"]

    assert found(both, Linear=Forgets).outcome is Outcome.PASSED
    assert "on 2 of 4 hidden inputs" in found(slopes, Linear=Forgets).message
    assert found(slopes, Linear=Adds).outcome is Outcome.PASSED
    assert "on 2 of 4 hidden inputs" in found(both, Linear=Adds).message
    for wrong in (("layer.dweight", "layer.bias"), ()):
        with pytest.raises(AssignmentError, match=r"expected (one|some) of Linear, "):
            LAYER[wrong]


def soft_update(target, net, tau):
    """The reference: the parameters' own numbers are changed."""
    with torch.no_grad():
        for old, new in zip(target.parameters(), net.parameters(), strict=True):
            old.mul_(1 - tau).add_(tau * new)


def soft_update_with_data(target, net, tau):
    for old, new in zip(target.parameters(), net.parameters(), strict=True):
        old.data = tau * new.data + (1 - tau) * old.data


def soft_update_with_parameters(target, net, tau):
    for name, old in list(target.named_parameters()):
        new = tau * net.get_parameter(name).detach() + (1 - tau) * old.detach()
        setattr(target, name, torch.nn.Parameter(new))


def soft_update_of_variables(target, net, tau):
    for old, new in zip(target.parameters(), net.parameters(), strict=True):
        _mixed = tau * new.data + (1 - tau) * old.data


def soft_update_of_the_other(target, net, tau):
    soft_update(net, target, 1 - tau)


SOFT = same_as_reference(
    "torch.nn.Linear(3, 4, bias=False) -> net",
    "torch.nn.Linear(3, 4, bias=False) -> target",
    "net.weight = torch.nn.Parameter(w)",
    "target.weight = torch.nn.Parameter(v)",
    "soft_update(target, net, tau)",
    "target.weight -> weight",
    reference={"soft_update": soft_update},
    torch=True,
    cases=[{"w": normal(4, 3), "v": normal(4, 3), "tau": tau} for tau in (0.1, 0.7)],
)


@pytest.mark.parametrize("other", [soft_update, soft_update_with_data, soft_update_with_parameters])
def test_a_parameter_may_be_updated_in_place_or_be_given_new_numbers(other):
    for block in (SOFT, SOFT["soft_update"], SOFT["target.weight"]):
        assert found(block, soft_update=other).outcome is Outcome.PASSED, found(block, soft_update=other).message


def test_a_parameter_that_is_left_as_it_was_is_called_by_its_name():
    finding = found(SOFT["soft_update"], soft_update=soft_update_of_variables)

    assert "target.weight is left as it was: it has to be changed" in finding.message
    assert finding.hint is not None
    assert "none of the object's" in finding.hint
    other = found(SOFT["soft_update"], soft_update=soft_update_of_the_other)
    assert "net.weight is changed, which has to stay as it is" in str(other.details)


def test_a_parameter_on_its_own_may_be_given_new_numbers():
    def step(p, slope):
        with torch.no_grad():
            p -= 0.1 * slope

    def step_with_data(p, slope):
        p.data = p.data - 0.1 * slope

    block = same_as_reference(
        "torch.nn.Parameter(a) -> p",
        "step(p, slope)",
        "p.sum() -> total",
        reference={"step": step},
        torch=True,
        cases=[{"a": normal(3, 2), "slope": normal(3, 2)}],
    )

    assert found(block, step=step_with_data).outcome is Outcome.PASSED, found(block, step=step_with_data).message
    assert "p is left as it was" in found(block, step=lambda p, slope: p - 0.1 * slope).message


class Memory:
    """The reference: the newest `size` entries, in a batch without any twice."""

    def __init__(self, size):
        self.size, self.entries = size, []

    def push(self, entry):
        self.entries = [*self.entries, entry][-self.size :]

    def __len__(self):
        return len(self.entries)

    def sample(self, count):
        return torch.stack([self.entries[place] for place in torch.randperm(len(self.entries))[:count]])


class MemoryOfPython(Memory):
    def sample(self, count):
        return torch.stack(random.sample(self.entries, count))


class Forgets(Memory):
    def push(self, entry):
        self.entries = [*self.entries, entry][: self.size]


MEMORY = same_as_reference(
    "Memory(3) -> memory",
    "[memory.push(row) for row in rows]",
    "len(memory) -> count",
    "memory.sample(3) -> batch",
    "batch[torch.argsort(batch[:, 0])] -> entries",
    reference={"Memory": Memory},
    torch=True,
    cases=[{"rows": normal(5, 2)}, {"rows": normal(7, 2)}],
)


def test_what_student_code_draws_at_random_is_no_result_to_compare():
    finding = found(MEMORY["memory.sample"], Memory=MemoryOfPython)

    assert finding.outcome is Outcome.UNGRADED
    assert "memory.sample(3) gives depends on random numbers" in finding.message
    assert finding.hint is not None
    assert "same_distribution" in finding.hint


@pytest.mark.parametrize("other", [Memory, MemoryOfPython])
def test_what_does_not_depend_on_chance_is_compared(other):
    for step in ("len(memory)", "batch[torch.argsort(batch[:, 0])]"):
        assert found(MEMORY[step], Memory=other).outcome is Outcome.PASSED, found(MEMORY[step], Memory=other).message


def test_a_step_in_which_nothing_of_the_students_runs_shows_what_earlier_ones_gave():
    finding = found(MEMORY["batch[torch.argsort(batch[:, 0])]"], Memory=Forgets)

    assert finding.outcome is Outcome.FAILED
    assert "entries differs in 4 of 6 numbers" in finding.message


def test_an_assignment_that_sets_a_seed_asks_for_the_numbers_that_follow():
    def noisy(x):
        return x + torch.randn(x.shape)

    steps = ("noisy(x) -> y",)
    seeded, plain = (
        same_as_reference(*first, *steps, reference={"noisy": noisy}, torch=True, cases=[{"x": normal(4)}])
        for first in ((), ("torch.manual_seed(3)",))[::-1]
    )

    assert found(seeded["noisy"], noisy=noisy).outcome is Outcome.PASSED
    assert found(plain["noisy"], noisy=noisy).outcome is Outcome.UNGRADED


def test_a_network_that_draws_its_weights_is_compared_once_they_are_set():
    def net():
        return torch.nn.Linear(3, 2, bias=False)

    block = same_as_reference(
        "net() -> made",
        "made(x) -> before",
        "made.weight = torch.nn.Parameter(w)",
        "made(x) -> after",
        reference={"net": net},
        torch=True,
        cases=[{"x": normal(4, 3), "w": normal(2, 3)}],
    )

    assert found(block["made(x)"], net=net).outcome is Outcome.UNGRADED
    assert found(block["made(x), again (2)"], net=net).outcome is Outcome.PASSED


def test_what_a_class_of_classes_says_of_equality_is_not_asked():
    class Compared(type):
        __hash__ = None

    class Scale(metaclass=Compared):
        pass

    assert not is_plain(Scale())

"""`same_distribution`: random results are those of the reference as often, whatever draws them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from asking import Session, found

from grader.checks import normal, same_as_reference, same_distribution, uniform
from grader.finding import Outcome
from grader.inside.asked import draws
from grader.inside.served import ARRAYS


def dropout(x, p):
    """The reference: inverted dropout."""
    return x * (np.random.rand(*x.shape) >= p) / (1 - p)


DROPOUT = same_distribution(
    "dropout(x, p) -> out",
    reference={"dropout": dropout},
    cases=[{"x": normal(3, 4), "p": 0.3}, {"x": normal(2, 2), "p": 0.6}],
    draws=500,
)
OWN = np.random.default_rng(5)
OWN_SEEDS = random.Random


def binomial(x, *, p):
    out = x.copy()
    out[np.random.binomial(1, p, x.shape).astype(bool)] = 0
    return out / (1 - p)


def by_number(x, p):
    return np.array([[0.0 if OWN.random() < p else v / (1 - p) for v in row] for row in x.tolist()])


def own_generator(x, p):
    return np.where(OWN.uniform(size=x.shape) < p, 0, x / (1 - p)).astype(np.float32)


@pytest.mark.parametrize("work", [dropout, binomial, by_number, own_generator])
def test_any_generator_will_do(work):
    assert found(DROPOUT, dropout=work).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda x, p: x * (np.random.rand(*x.shape) >= p), "expected"),
        (lambda x, p: x * (np.random.rand(*x.shape) < p) / p, "of 500 calls, expected"),
        (lambda x, p: x * (np.random.rand(*x.shape) >= p) / p, "expected"),
        (lambda x, p: x * (np.random.rand(len(x), 1) >= p) / (1 - p), "depend on each other otherwise"),
        (lambda x, p: x * (np.random.default_rng(0).random(x.shape) >= p) / (1 - p), "is the same at each call"),
        (lambda x, p: x, "is the same at each call"),
        (lambda x, p: x[: np.random.randint(1, 3)] / p, "has another shape at each call"),
        (lambda x, p: dropout(x, p)[None], "has shape 1 × 3 × 4, expected 3 × 4"),
        (lambda x, p: dropout(x, p) / 0, "NaN or infinite"),
        (lambda x, p: dropout(x, p, 1), "raised TypeError"),
    ],
)
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value):RuntimeWarning")
def test_another_distribution_is_caught_and_said(work, words):
    finding = found(DROPOUT, dropout=work)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


def sample(logits, temperature, k):
    """The reference: one of the k likeliest tokens, at a temperature."""
    kept = np.argsort(logits)[-k:]
    p = np.exp((logits[kept] - logits.max()) / temperature)
    return np.random.choice(kept, p=p / p.sum())


def gumbel(logits, temperature, k):
    noisy = logits / temperature - np.log(-np.log(np.random.rand(len(logits))))
    noisy[logits < np.sort(logits)[-k]] = -np.inf
    return int(noisy.argmax())


SAMPLE = same_distribution(
    "sample(logits, temperature, k) -> token",
    reference={"sample": sample},
    cases=[{"logits": normal(6), "temperature": t, "k": k} for t, k in ((1.0, 6), (0.5, 3), (2.0, 4))],
    draws=500,
)


def test_tokens_are_counted():
    assert found(SAMPLE, sample=gumbel).outcome is Outcome.PASSED
    every = found(SAMPLE, sample=lambda logits, temperature, k: sample(logits, temperature, 6))
    assert every.outcome is Outcome.PARTIAL
    assert "of 500 calls, expected 0.0%" in every.message
    assert found(SAMPLE, sample=lambda logits, t, k: sample(logits, 1 / t, k)).outcome is Outcome.PARTIAL
    greedy = found(SAMPLE, sample=lambda logits, t, k: logits.argmax())
    assert "token is the same at each call" in greedy.message
    assert found(SAMPLE, sample=lambda *given: np.array([[gumbel(*given)]])).outcome is Outcome.PASSED


def reparameterize(mu, logvar):
    return mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)


NORMAL = same_distribution(
    "reparameterize(mu, logvar) -> z",
    reference={"reparameterize": reparameterize},
    cases=[{"mu": normal(2, 3), "logvar": normal(2, 3)}],
    torch=True,
    gradients=("mu", "logvar"),
    draws=500,
)
NOISE = torch.Generator().manual_seed(1)


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda m, v: torch.distributions.Normal(m, (v / 2).exp()).rsample(), "agrees"),
        (lambda m, v: m + (v / 2).exp() * torch.randn(m.shape, generator=NOISE), "agrees"),
        (lambda m, v: m + v.exp() * torch.randn_like(m), "standard deviation"),
        (lambda m, v: m + (v / 2).exp() * torch.rand_like(m), "on average"),
        (lambda m, v: torch.normal(m, (v / 2).exp()), "no gradient reaches mu"),
        (lambda m, v: m + (v / 2).exp() * torch.randn(3), "depend on each other otherwise"),
        (lambda m, v: reparameterize(m.detach(), v), "no gradient reaches mu"),
        (lambda m, v: m + (v / 2).exp() * (torch.empty_like(m).exponential_() - 1), "is spread otherwise"),
    ],
)
def test_gradients_of_draws_are_compared_too(work, words):
    assert words in found(NORMAL, reparameterize=work).message


def initial(inputs, outputs):
    """The reference: He's normal weights."""
    return np.random.randn(inputs, outputs) * np.sqrt(2 / inputs)


INITIAL = same_distribution(
    "initial(inputs, outputs) -> w", reference={"initial": initial}, cases=[{"inputs": 12, "outputs": 8}]
)


@pytest.mark.parametrize(
    "work",
    [
        lambda n, m: np.random.default_rng().normal(0, (2 / n) ** 0.5, (n, m)),
        lambda n, m: torch.nn.init.kaiming_normal_(torch.empty(m, n)).T,
        lambda n, m: [[random.gauss(0, (2 / n) ** 0.5) for _ in range(m)] for _ in range(n)],
        lambda n, m: (np.random.rand(12, n, m).sum(axis=0) - 6) * np.sqrt(2 / n),
    ],
)
def test_weights_of_the_right_kind_and_size_are_right_whatever_draws_them(work):
    assert found(INITIAL, initial=work).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda n, m: np.random.randn(n, m) * np.sqrt(4 / (n + m)), "times the standard deviation that is expected"),
        (lambda n, m: np.random.randn(n, m) * np.sqrt(1.5 / n), "times the standard deviation that is expected"),
        (lambda n, m: initial(n, m) + 0.03, "are larger than expected"),
        (lambda n, m: np.random.uniform(-1, 1, (n, m)) * np.sqrt(6 / n), "spread otherwise"),
        (lambda n, m: np.random.laplace(0, np.sqrt(1 / n), (n, m)), "spread otherwise"),
    ],
)
def test_many_numbers_that_are_each_a_little_off_are_seen_together(work, words):
    finding = found(INITIAL, initial=work)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


def noisy(x):
    return x + torch.randn_like(x)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", [(2, 4), (3, 2, 2), (2, 40)])
def test_one_noise_for_the_whole_batch_is_seen_in_every_batch(shape, seed):
    block = same_distribution("noisy(x) -> y", reference={"noisy": noisy}, cases=[{"x": normal(*shape)}], torch=True)

    finding = found(block, seed, noisy=lambda x: x + torch.randn_like(x[:1]))

    assert finding.outcome is Outcome.FAILED
    assert "the numbers of y depend on each other otherwise" in finding.message
    assert found(block, seed, noisy=lambda x: x + torch.randn(x.shape)).outcome is Outcome.PASSED


def kept_for(calls):
    """Dropout whose mask is drawn for so many calls at once."""
    kept = {}

    def drops(x, p):
        number, mask = kept.get(x.shape, (0, None))
        mask = mask if number % calls else np.random.rand(*x.shape) >= p
        kept[x.shape] = number + 1, mask
        return x * mask / (1 - p)

    return drops


def by_turns():
    """Dropout that drops in every second call what was kept in the call before, as antithetic draws do."""
    kept = []

    def drops(x, p):
        noise = 1 - kept.pop() if kept and kept[-1].shape == x.shape else np.random.rand(*x.shape)
        drops.first = not drops.first
        kept[:] = [noise] if drops.first else []
        return x * (noise >= p) / (1 - p)

    drops.first = False
    return drops


@pytest.mark.parametrize("work", [kept_for(2), by_turns()])
def test_what_is_kept_from_one_call_to_the_next_is_seen(work):
    block = same_distribution(
        "dropout(x, p) -> out", reference={"dropout": dropout}, cases=[{"x": normal(3, 4), "p": 0.5}]
    )

    finding = found(block, dropout=work)

    assert "out depends on the call before it" in finding.message
    work(np.ones((3, 4)), 0.5)
    assert "out depends on the call before it" in found(block, dropout=work).message


def test_a_generator_that_gives_two_numbers_at_a_time_may_keep_one():
    kept = []

    def box_muller(mu):
        if not kept:
            length, angle = np.sqrt(-2 * np.log(1 - np.random.rand())), 2 * np.pi * np.random.rand()
            kept.extend([length * np.cos(angle), length * np.sin(angle)])
        return mu + kept.pop()

    block = same_distribution("draw(mu) -> z", reference={"draw": np.random.normal}, cases=[{"mu": 2.0}, {"mu": -1.0}])

    assert found(block, draw=box_muller).outcome is Outcome.PASSED


def even(x):
    """Half of all orders: two exchanges, or none."""
    order = np.random.permutation(len(x))
    odd = np.linalg.det(np.eye(len(x))[order]) < 0
    return x[order[[1, 0, *range(2, len(x))]] if odd else order]


def exchanged_with_any(x):
    """As Fisher and Yates's shuffle is often written: each is exchanged with any other."""
    x = x.copy()
    for place in range(len(x)):
        other = np.random.randint(len(x))
        x[[place, other]] = x[[other, place]]
    return x


def test_orders_are_counted_as_a_whole():
    block = same_distribution(
        "shuffled(x) -> y",
        reference={"shuffled": np.random.permutation},
        cases=[{"x": normal(4)}],
        draws=2000,
    )

    assert found(block, shuffled=lambda x: sorted(x, key=lambda _: OWN.random())).outcome is Outcome.PASSED
    assert "depend on each other otherwise" in found(block, shuffled=even).message
    assert found(block, shuffled=exchanged_with_any).outcome is Outcome.FAILED


class Buffer:
    """The reference: a memory from which samples are drawn without repetition."""

    def __init__(self, size):
        self.size, self.kept = size, []

    def add(self, values):
        self.kept = (self.kept + list(values))[-self.size :]

    def sample(self, count):
        return np.array(random.sample(self.kept, count))


def test_objects_may_draw():
    class Repeats(Buffer):
        def sample(self, count):
            return OWN.choice(self.kept, count)

    class Keeps(Buffer):
        def add(self, values):
            self.kept += list(values)

    steps = ("Buffer(size) -> buffer", "buffer.add(values)", "buffer.sample(count) -> batch")
    cases = [{"size": 4, "values": uniform(6), "count": 3}]
    block = same_distribution(*steps, reference={"Buffer": Buffer}, cases=cases, draws=500)["buffer.sample"]
    assert found(block, Buffer=Buffer).outcome is Outcome.PASSED
    assert "depend on each other otherwise" in found(block, Buffer=Repeats).message
    assert "of 500 calls, expected 0.0%" in found(block, Buffer=Keeps).message


def test_a_reference_that_draws_nothing_is_a_slip_of_the_assignments():
    block = same_distribution("twice(x) -> y", reference={"twice": lambda x: 2 * x}, cases=[{"x": normal(3)}])

    assert "use same_as_reference" in found(block, twice=lambda x: x + x).message


def test_right_work_is_never_wrong_by_chance():
    for seed in range(1, 3):
        assert found(DROPOUT, seed, dropout=own_generator).outcome is Outcome.PASSED
        assert found(SAMPLE, seed, sample=gumbel).outcome is Outcome.PASSED


def test_other_blocks_draw_the_same_numbers_each_time():
    steps = ("np.random.seed(3)", "f(x) -> y")
    block = same_as_reference(*steps, reference={"f": lambda x: dropout(x, 0.5)}, cases=[{"x": normal(9)}])

    assert found(block, f=lambda x: dropout(x, 0.5)).outcome is Outcome.PASSED


class Dropout:
    """The reference: what is dropped forward is dropped backward."""

    def __init__(self, p):
        self.p = p

    def forward(self, x):
        self.mask = (np.random.rand(*x.shape) >= self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


def test_results_of_several_steps_go_together():
    class Anew(Dropout):
        def backward(self, dout):
            return self.forward(dout)

    steps = ("Dropout(p) -> layer", "layer.forward(x) -> out", "layer.backward(dout) -> dx")
    cases = [{"p": 0.4, "x": uniform(2, 3, low=1), "dout": uniform(2, 3, low=1)}]
    block = same_distribution(*steps, reference={"Dropout": Dropout}, cases=cases, draws=500)

    assert found(block, Dropout=Dropout).outcome is Outcome.PASSED
    assert found(block["layer.forward"], Dropout=Anew).outcome is Outcome.PASSED
    finding = found(block["layer.backward"], Dropout=Anew)
    assert "dx does not go with out of layer.forward: are random numbers drawn a second time?" in finding.message


class HoldsGenerator(Dropout):
    def __init__(self, p, seed=0):
        super().__init__(p)
        self.generator = np.random.default_rng(seed)

    def forward(self, x):
        self.mask = (self.generator.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask


class HoldsItDeeper(HoldsGenerator):
    def __init__(self, p):
        super().__init__(p)
        self.settings = {"sources": [OWN_SEEDS(1), self.generator]}
        del self.generator

    def forward(self, x):
        source = self.settings["sources"][0]
        self.mask = np.array([[source.random() >= self.p for _ in row] for row in x]) / (1 - self.p)
        return x * self.mask


class HoldsTorchs(Dropout):
    def __init__(self, p):
        super().__init__(p)
        self.generator = torch.Generator().manual_seed(0)

    def forward(self, x):
        self.mask = (torch.rand(x.shape, generator=self.generator).numpy() >= self.p) / (1 - self.p)
        return x * self.mask


class SeedsAll(Dropout):
    def __init__(self, p, seed=0):
        super().__init__(p)
        self.seed = np.random.seed(seed)


class InAClosure(Dropout):
    def __init__(self, p):
        source = np.random.RandomState(3)
        super().__init__(p)
        self.draw = lambda *shape: source.random_sample(shape)

    def forward(self, x):
        self.mask = (self.draw(*x.shape) >= self.p) / (1 - self.p)
        return x * self.mask


class SeedsEachTime(Dropout):
    def forward(self, x):
        np.random.seed(0)
        return super().forward(x)


class DrawsOnce(HoldsGenerator):
    def __init__(self, p):
        super().__init__(p)
        self.once = self.generator.random((2, 3))

    def forward(self, x):
        self.mask = (self.once >= self.p) / (1 - self.p)
        return x * self.mask


def of_layers(*steps: str):
    cases = [{"p": 0.4, "x": uniform(2, 3, low=1), "dout": uniform(2, 3, low=1)}]
    return same_distribution(*steps, reference={"Dropout": Dropout}, cases=cases, draws=500)


@pytest.mark.parametrize("work", [HoldsGenerator, HoldsItDeeper, HoldsTorchs, SeedsAll, InAClosure])
def test_what_an_object_draws_goes_on_though_its_constructor_sets_a_seed(work):
    block = of_layers("Dropout(p) -> layer", "layer.forward(x) -> out", "layer.backward(dout) -> dx")

    assert found(block, Dropout=work).outcome is Outcome.PASSED


@pytest.mark.parametrize("work", [SeedsEachTime, DrawsOnce])
def test_an_object_that_gives_the_same_at_each_call_is_caught(work):
    finding = found(of_layers("Dropout(p) -> layer", "layer.forward(x) -> out"), Dropout=work)

    assert "out is the same at each call" in finding.message


def test_two_objects_with_one_seed_do_not_draw_the_same_numbers_here():
    block = of_layers(
        "Dropout(p) -> layer", "Dropout(p) -> other", "layer.forward(x) -> out", "other.forward(dout) -> again"
    )

    for work in (Dropout, HoldsGenerator, SeedsAll):
        assert found(block, Dropout=work).outcome is Outcome.PASSED


def test_names_are_looked_up_once_however_many_draws_there_are():
    class Counting(dict[str, Any]):
        looks = 0

        def __getitem__(self, name):
            self.looks += 1
            return super().__getitem__(name)

        def get(self, name, default=None):
            raise AssertionError(f"{name} is looked up again")

    names = Counting(Dropout=Dropout)
    steps = [
        ["Dropout", ["p"], ["layer"], ""],
        ["layer.forward", ["x"], ["out"], ""],
        ["layer.p", ["layer"], ["p"], "layer.p"],
    ]
    case = {"id": "0", "steps": steps, "plain": {"p": 0.5}, "arrays": {"x": "it"}, "draws": 20, "seed": 1}
    case |= {"torch": False, "gradients": [], "opaque": [], "lines": False}
    ARRAYS.clear()
    ARRAYS["it"] = np.ones(3)
    session = Session({}, 1)
    session.namespace = names
    _, arrays = draws.answer(session, case)

    assert arrays["layer.forward/out"].shape == (20, 3)
    assert names.looks == 1


def masks_in_place(x, p):
    x *= (np.random.rand(*x.shape) >= p) / (1 - p)
    return x


def masks_rarely_in_place(x, p):
    if OWN.random() < 0.05:
        return masks_in_place(x, p)
    return dropout(x, p)


@pytest.mark.parametrize("work", [masks_in_place, masks_rarely_in_place])
def test_an_input_changed_in_place_in_any_call_costs_half(work):
    finding = found(DROPOUT, dropout=work)

    assert finding.credit == 0.5
    assert "the input x is changed in place" in finding.message
    assert "copy an input before changing it" in finding.hint


def test_how_much_that_costs_can_be_chosen():
    def credit(in_place):
        block = same_distribution(
            "dropout(x, p) -> out",
            reference={"dropout": dropout},
            cases=[{"x": normal(3, 4), "p": 0.3}],
            in_place=in_place,
            draws=500,
        )
        return found(block, dropout=masks_in_place).credit

    assert [credit("wrong"), credit("half"), credit("allowed")] == [0, 0.5, 1]


def pick(items):
    """The reference: one of the items, which stay as they are."""
    return items[np.random.randint(len(items))]


def shuffled_pick(items):
    random.shuffle(items)
    return items[0]


def test_a_list_that_is_shuffled_on_the_way_is_seen():
    block = same_distribution(
        "pick(items) -> item", reference={"pick": pick}, cases=[{"items": [1.0, 2.0, 4.0]}], draws=500
    )

    assert found(block, pick=pick).outcome is Outcome.PASSED
    assert found(block, pick=lambda items: shuffled_pick(list(items))).outcome is Outcome.PASSED
    assert "the input items is changed in place" in found(block, pick=shuffled_pick).message


def shuffle(x):
    """The reference: in place, and at times all stays where it was."""
    np.random.shuffle(x)


def sorted_by_noise(x):
    x[:] = x[np.argsort(OWN.random(len(x)))]


def off_by_one(x):
    """As Fisher and Yates's shuffle is often written: each is exchanged with one before it, and never stays."""
    for place in range(len(x) - 1, 0, -1):
        other = int(OWN.random() * place)
        x[[place, other]] = x[[other, place]]


SHUFFLE = same_distribution(
    "shuffle(x) -> nothing", reference={"shuffle": shuffle}, cases=[{"x": normal(3)}], draws=500
)


@pytest.mark.parametrize("work", [shuffle, sorted_by_noise])
def test_what_is_to_be_changed_in_place_is_compared_as_it_is_afterwards(work):
    assert found(SHUFFLE, shuffle=work).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda x: None, "x is left as it was"),
        (lambda x: np.random.permutation(x) * 0, "x is left as it was"),
        (off_by_one, "of 500 calls, expected"),
        (lambda x: x.sort(), "is the same at each call"),
    ],
)
def test_another_change_in_place_is_caught(work, words):
    finding = found(SHUFFLE, shuffle=work)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


def init_weights(w):
    """The reference: Glorot's uniform weights, written into the tensor."""
    torch.nn.init.xavier_uniform_(w)


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda w: w.uniform_(-1, 1), "agrees"),
        (lambda w: w.copy_(2 * torch.rand(w.shape) - 1), "agrees"),
        (lambda w: torch.nn.init.xavier_uniform_(torch.empty(2, 4)), "w is left as it was"),
        (lambda w: w.normal_(), "expected"),
    ],
)
def test_weights_are_drawn_in_place(work, words):
    block = same_distribution(
        "init_weights(w) -> nothing",
        reference={"init_weights": init_weights},
        cases=[{"w": normal(2, 4)}],
        torch=True,
        opaque=("nothing",),
        draws=500,
    )

    assert words in found(block, init_weights=work).message


def test_what_the_assignment_sets_up_need_not_draw():
    block = same_distribution(
        "torch.nn.Linear(2, 3) -> decoder",
        "decoder.load_state_dict({'weight': w, 'bias': b})",
        "generate(decoder, n) -> out",
        reference={"generate": lambda decoder, n: decoder(torch.randn(n, 2)).detach()},
        torch=True,
        cases=[{"n": 2, "w": normal(3, 2), "b": normal(3)}],
        draws=400,
    )

    def normal_codes(decoder, n):
        return decoder(torch.empty(n, 2).normal_()).detach()

    def uniform_codes(decoder, n):
        return decoder(torch.rand(n, 2)).detach()

    assert found(block, generate=normal_codes).outcome is Outcome.PASSED
    assert found(block, generate=uniform_codes).outcome is Outcome.FAILED


def mirrored(image, mask):
    """The reference: a picture and its mask are mirrored together, or not."""
    turned = np.random.rand() < 0.5
    return (image[:, ::-1], mask[::-1]) if turned else (image, mask)


MIRRORED = same_distribution(
    "mirrored(image, mask) -> new_image, new_mask",
    reference={"mirrored": mirrored},
    cases=[{"image": normal(2, 3), "mask": normal(3)}],
)


def mirrored_by_index(image, mask):
    step = 1 if OWN.random() < 0.5 else -1
    return image[:, ::step].copy(), mask[::step].copy()


def mirrored_apart(image, mask):
    return mirrored(image, mask)[0], mirrored(image, mask)[1]


def mirrored_never_both(image, mask):
    return (image[:, ::-1], mask) if OWN.random() < 0.5 else (image, mask[::-1])


def test_two_results_of_a_call_go_together():
    assert found(MIRRORED, mirrored=mirrored_by_index).outcome is Outcome.PASSED
    for wrong in (mirrored_apart, mirrored_never_both):
        finding = found(MIRRORED, mirrored=wrong)
        assert finding.outcome is Outcome.FAILED
        assert "new_mask does not go with new_image: are random numbers drawn for each of them?" in finding.message


def negatives(counts, power=0.75):
    """The reference: a word by how often it comes, to the power of 3/4."""
    weights = counts**power
    return np.random.choice(len(counts), p=weights / weights.sum())


@pytest.mark.parametrize(
    ("counts", "outcome"), [([30.0, 34.0, 38.0], Outcome.UNGRADED), ([40.0, *[1.0] * 8], Outcome.PASSED)]
)
def test_a_mistake_that_the_inputs_do_not_show_is_told_to_the_instructor(counts, outcome):
    block = same_distribution(
        "negatives(counts) -> word",
        reference={"negatives": lambda counts: negatives(np.array(counts))},
        cases=[{"counts": counts}],
        mistakes={"left out the power": lambda counts: negatives(np.array(counts), 1.0)},
    )

    finding = found(block, negatives=lambda counts: negatives(np.array(counts)))

    assert finding.outcome is outcome
    assert ("negatives that left out the power" in finding.message) is (outcome is Outcome.UNGRADED)


def test_a_wrong_version_of_what_an_expression_calls_is_named_where_it_shows():
    def sample(shape):
        return torch.randn(shape)

    def wide(shape):
        return 2 * torch.randn(shape)

    cases = [{"size": 3}]
    named = {"is twice as wide": wide}
    block = same_distribution(
        "sample((size, 2)) -> x", reference={"sample": sample}, cases=cases, torch=True, mistakes=named
    )
    unseen = same_distribution(
        "sample((size, 2)) -> x", reference={"sample": sample}, cases=cases, torch=True, mistakes={"is odd": sample}
    )

    assert found(block, sample=sample).outcome is Outcome.PASSED
    assert found(block, sample=wide).outcome is Outcome.FAILED
    finding = found(unseen, sample=sample)
    assert "sample((size, 2)) that is odd" in finding.message
    assert finding.hint == "choose other inputs in assignment.py, or ask for more draws"


def test_another_variance_may_be_as_right():
    def step(x, beta):
        return x + beta**0.5 * torch.randn_like(x)

    def smaller(x, beta):
        return x + (beta / 4) ** 0.5 * torch.randn_like(x)

    def variance(x, beta):
        return x + beta * torch.randn_like(x)

    block = same_distribution(
        "step(x, beta) -> y",
        reference={"step": step},
        torch=True,
        cases=[{"x": normal(2, 3), "beta": 0.1}],
        also=[{"step": smaller}],
    )

    for right in (step, smaller):
        assert found(block, step=right).outcome is Outcome.PASSED
    assert "standard deviation of" in found(block, step=variance).message


@pytest.mark.parametrize(("share", "outcome"), [(0.61, Outcome.UNGRADED), (0.72, Outcome.PASSED)])
def test_a_mistake_has_to_show_with_room_to_spare(share, outcome):
    def coin(half):
        return int(np.random.random() < half)

    block = same_distribution(
        "coin(half) -> side",
        reference={"coin": coin},
        cases=[{"half": 0.5}],
        mistakes={"favours a side": lambda half: coin(share)},
    )

    assert found(block, coin=coin).outcome is outcome
    caught = [found(block, seed, coin=lambda half: coin(share)).outcome is Outcome.FAILED for seed in range(1, 6)]
    assert all(caught) or outcome is Outcome.UNGRADED


@pytest.mark.parametrize(("enough", "outcome"), [(0, Outcome.FAILED), (30, Outcome.UNGRADED)])
def test_a_function_that_is_slow_but_comes_to_its_end_is_a_persons(enough, outcome):
    calls = []

    def slow(x, p):
        calls.append(x)
        if len(calls) > enough:
            raise TimeoutError("took longer than 20 s of CPU time")
        return dropout(x, p)

    finding = found(DROPOUT, dropout=slow)

    assert finding.outcome is outcome
    assert ("time for 30 calls of 500 to dropout" in finding.message) is (outcome is Outcome.UNGRADED)

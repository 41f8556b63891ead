"""Small generators of several kinds, trained on the public pictures and texts of `small_generator`."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn
from torch.nn import functional

Pictures = np.ndarray


def _net(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for one, other in itertools.pairwise(sizes):
        layers += [nn.Linear(one, other), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def _trained(parameters: list[Tensor], loss: Callable[[Tensor], Tensor], images: Tensor, steps: int) -> None:
    optimizer = torch.optim.Adam(parameters, lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(loss(images[torch.randint(len(images), (128,))]))
        optimizer.step()
        schedule.step()


def autoencoder(images: Tensor, count: int, *, variational: bool, steps: int = 4000) -> Pictures:
    """A variational autoencoder; or a plain one, with a mixture of normal distributions over its codes."""
    torch.manual_seed(1)
    encoder, decoder = _net(64, 128, 16 if variational else 8), _net(8, 128, 128, 64)

    def loss(x: Tensor) -> Tensor:
        code = encoder(x)
        if not variational:
            return functional.mse_loss(torch.sigmoid(decoder(code)), x)
        mean, log = code.chunk(2, 1)
        drawn = mean + torch.randn_like(mean) * (log / 2).exp()
        away = 0.5 * (mean**2 + log.exp() - 1 - log).sum(1).mean()
        return 25 * functional.mse_loss(torch.sigmoid(decoder(drawn)), x) * 64 / 10 + 0.5 * away / 10

    _trained([*encoder.parameters(), *decoder.parameters()], loss, images, steps)
    with torch.no_grad():
        if variational:
            codes = torch.randn(count, 8)
        else:
            mixture = GaussianMixture(12, random_state=0).fit(encoder(images).numpy())
            codes = torch.from_numpy(mixture.sample(count)[0]).float()
        return torch.sigmoid(decoder(codes)).numpy()


def mixture(images: Tensor, count: int) -> Pictures:
    """A mixture of normal distributions over the pixels."""
    found = GaussianMixture(15, covariance_type="full", reg_covar=1e-3, random_state=0).fit(images.numpy())
    drawn = found.sample(count)[0]
    return np.random.default_rng(0).permutation(drawn).clip(0, 1)


def diffusion(images: Tensor, count: int, steps: int = 6000) -> Pictures:
    """Noise is taken away in 60 steps."""
    torch.manual_seed(2)
    net = _net(65, 256, 256, 256, 64)
    beta = torch.linspace(1e-3, 0.15, 60)
    kept = torch.cumprod(1 - beta, 0)

    def noise_in(x: Tensor, t: Tensor) -> Tensor:
        return net(torch.cat((x, t[:, None] / 60), 1))

    def loss(x: Tensor) -> Tensor:
        t, noise = torch.randint(60, (len(x),)), torch.randn_like(x)
        share = kept[t][:, None]
        return functional.mse_loss(noise_in(share.sqrt() * (2 * x - 1) + (1 - share).sqrt() * noise, t.float()), noise)

    _trained(list(net.parameters()), loss, images, steps)
    x = torch.randn(count, 64)
    with torch.no_grad():
        for t in reversed(range(60)):
            noise = noise_in(x, torch.full((count,), float(t)))
            x = (x - beta[t] / (1 - kept[t]).sqrt() * noise) / (1 - beta[t]).sqrt()
            x = x + (beta[t].sqrt() * torch.randn_like(x) if t else 0)
    return (x.numpy() / 2 + 0.5).clip(0, 1)


def adversarial(images: Tensor, count: int, steps: int = 4000) -> Pictures:
    """A generator against a critic, with a gradient penalty."""
    torch.manual_seed(3)
    generator, critic = _net(16, 128, 128, 64), _net(64, 128, 128, 1)
    one = torch.optim.Adam(generator.parameters(), 5e-4, (0.5, 0.9))
    other = torch.optim.Adam(critic.parameters(), 1e-3, (0.5, 0.9))
    for step in range(steps):
        real = images[torch.randint(len(images), (96,))]
        fake = torch.sigmoid(generator(torch.randn(96, 16)))
        between = (real + torch.rand(96, 1) * (fake.detach() - real)).requires_grad_()
        slope = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0].norm(2, 1)
        other.zero_grad()
        torch.autograd.backward(critic(fake.detach()).mean() - critic(real).mean() + 2 * ((slope - 1) ** 2).mean())
        other.step()
        if step % 3 == 0:
            one.zero_grad()
            torch.autograd.backward(-critic(fake).mean())
            one.step()
    with torch.no_grad():
        return torch.sigmoid(generator(torch.randn(count, 16))).numpy()


def pixel_by_pixel(images: Tensor, count: int, steps: int = 4000) -> Pictures:
    """Each pixel, in 16 greys, from those before it."""
    torch.manual_seed(4)
    nets = nn.Sequential(nn.Linear(128, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 16))
    greys = (images * 15).round().long()

    def scores(x: Tensor, place: Tensor) -> Tensor:
        before = torch.arange(64)[None] < place[:, None]
        return nets(torch.cat((torch.where(before, x / 15, -1.0), functional.one_hot(place, 64).float()), 1))

    def loss(x: Tensor) -> Tensor:
        every, place = x.repeat(4, 1), torch.randint(64, (4 * len(x),))
        wanted = every.gather(1, place[:, None])[:, 0].long()
        return functional.cross_entropy(scores(every, place), wanted)

    _trained(list(nets.parameters()), loss, greys.float(), steps)
    x = torch.zeros(count, 64)
    with torch.no_grad():
        for place in range(64):
            p = torch.softmax(scores(x, torch.full((count,), place)), 1)
            x[:, place] = torch.multinomial(p, 1)[:, 0].float()
    return (x / 15).numpy()


def letters(corpus: str, count: int, order: int = 6) -> list[str]:
    """Each letter from so many before it."""
    rng, after = random.Random(0), defaultdict(list)  # noqa: S311 - no secret
    text = "\n" + corpus.replace("\n\n", "\n") + "\n"
    for at in range(len(text)):
        after[text[max(0, at - order) : at]].append(text[at])
    found: list[str] = []
    while len(found) < count:
        said = "\n"
        while (letter := rng.choice(after[said[-order:]])) != "\n" and len(said) < 390:
            said += letter
        found += [said.strip()] if len(said) > 80 else []
    return found


def words(corpus: str, count: int) -> list[str]:
    """Each word from the two before it."""
    rng, after = random.Random(1), defaultdict(list)  # noqa: S311 - no secret
    for text in corpus.split("\n\n"):
        every = ["", "", *text.split(), ""]
        for one, two, three in zip(every, every[1:], every[2:], strict=False):
            after[one, two].append(three)
    found: list[str] = []
    while len(found) < count:
        said = ["", ""]
        while (word := rng.choice(after[said[-2], said[-1]])) and len(said) < 60:
            said.append(word)
        text = " ".join(said).strip()
        if 80 <= len(text) <= 400:
            found.append(text)
    return found


def recurrent(corpus: str, count: int, steps: int = 400) -> list[str]:
    """A GRU over letters."""
    torch.manual_seed(5)
    alphabet = sorted(set(corpus))
    numbers = torch.tensor([alphabet.index(letter) for letter in corpus])
    embed, gru, head = nn.Embedding(len(alphabet), 32), nn.GRU(32, 160, batch_first=True), nn.Linear(160, len(alphabet))
    parameters = [*embed.parameters(), *gru.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, 4e-3)
    for _ in range(steps):
        starts = torch.randint(len(numbers) - 81, (32,))
        batch = torch.stack([numbers[start : start + 81] for start in starts])
        optimizer.zero_grad()
        out = head(gru(embed(batch[:, :-1]))[0])
        torch.autograd.backward(functional.cross_entropy(out.flatten(0, 1), batch[:, 1:].flatten()))
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
    said, found, state, last = "", [], None, torch.full((1, 1), alphabet.index("\n"))
    with torch.no_grad():
        while len(found) < count:
            out, state = gru(embed(last), state)
            last = torch.multinomial(torch.softmax(head(out[:, -1]) / 0.8, 1), 1)
            said += alphabet[int(last)]
            if said.endswith("\n\n"):
                found += [said.strip()] if 80 <= len(said) <= 400 else []
                said = ""
    return found

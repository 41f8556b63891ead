"""Scripts whose `get_stats` uses networks in the ways that students do, all after `BEGIN`."""

from __future__ import annotations

BEGIN = """
import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(1)
images = torch.arange(5 * 3 * 4 * 4).float().reshape(5, 3, 4, 4) / 100
class Net(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.norm = nn.BatchNorm2d(width)
    def forward(self, x):
        return self.norm(self.conv(x)).mean((2, 3))
"""
SCRIPTS = {
    "batch": """
        net = Net()
        def get_stats(skip):
            return net(images)
        get_stats(True)
        """,
    "direct forward": """
        def get_stats(skip):
            net = Net()
            return torch.stack([net.forward(image[None]) for image in images])
        get_stats(True)
        """,
    "by name": """
        def get_stats(skip):
            return Net()(x=images)
        get_stats(skip=True)
        """,
    "sequential": """
        def get_stats(skip):
            return nn.Sequential(nn.Flatten(), nn.Linear(48, 2))(images)
        get_stats(True)
        """,
    "functional": """
        from torch.func import functional_call, vmap, grad
        class Plain(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(48, 2)
            def forward(self, x):
                return self.linear(x.flatten(1))
        net = Plain()
        weights = dict(net.named_parameters())
        def get_stats(skip):
            def loss(weights, image):
                return functional_call(net, weights, (image[None],)).sum()
            found = vmap(grad(loss), in_dims=(None, 0))(weights, images)
            return found["linear.weight"].flatten(1).norm(dim=1)
        get_stats(True)
        """,
    "one each": """
        def get_stats(skip):
            return [Net()(image[None]).sum().item() for image in images]
        get_stats(True)
        """,
    "trained": """
        def get_stats(skip):
            net = Net()
            optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
            for _ in range(2):
                optimizer.zero_grad()
                net(images).square().sum().backward()
                optimizer.step()
            return net.conv.weight
        get_stats(True)
        """,
    "untouched": """
        def get_stats(skip):
            net = Net().eval()
            loss = net(images).sum()
            loss.backward()
            return net.conv.weight.grad.norm()
        torch.manual_seed(5)
        get_stats(True)
        from facts import fact
        fact("random", torch.rand(3).tolist())
        """,
    "half": """
        class Half(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(48, 2)
                self.scale = torch.tensor([2.0], dtype=torch.float16)
                self.register_buffer("steps", torch.tensor(3, dtype=torch.int16))
            def forward(self, x):
                return self.linear(x.flatten(1)) * self.scale.to(x.dtype)
        def get_stats(skip):
            return Half().bfloat16()(images.bfloat16())
        get_stats(True)
        """,
    "complex": """
        class Wave(nn.Module):
            def __init__(self):
                super().__init__()
                self.phase = nn.Parameter(torch.zeros(4, dtype=torch.complex64))
            def forward(self, x):
                return torch.fft.fft(x) * self.phase
        def get_stats(skip):
            return Wave()(images)
        get_stats(True)
        """,
    "nested calls": """
        def get_stats_of(net):
            return net(images).sum()
        def get_stats(skip):
            return get_stats_of(Net())
        get_stats(True)
        """,
    "threads": """
        import threading, time
        together = threading.Barrier(4)
        def get_stats(skip, seed=0):
            net = Net()
            return torch.stack([(time.sleep(0.01), net(image[None] + seed))[1] for image in images])
        def work(seed):
            together.wait(timeout=60)
            results[seed] = get_stats(True, seed)
        results = {}
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """,
    "lambda": """
        net = Net()
        measure = lambda skip, images: net(images)
        get_stats = lambda skip: measure(skip, images)
        get_stats(True)
        """,
    "partial": """
        from functools import partial
        net = Net()
        def measure(skip, batch):
            return net(batch)
        get_stats = partial(measure, batch=images)
        get_stats = get_stats
        first = get_stats(True)
        get_stats = first.tolist()
        assert len(get_stats) == 5
        """,
    "processes": """
        import multiprocessing
        def get_stats(skip):
            return Net()(images)
        def work(queue):
            queue.put(list(get_stats(True).shape))
        queue = multiprocessing.get_context("fork").SimpleQueue()
        process = multiprocessing.get_context("fork").Process(target=work, args=(queue,))
        process.start()
        from facts import fact
        fact("shape", queue.get())
        process.join()
        fact("status", process.exitcode)
        """,
    "raises": """
        def get_stats(skip):
            Net()(images)
            raise IndexError("too far")
        try:
            get_stats(True)
        except IndexError:
            print("caught")
        """,
    "other arguments": """
        def get_stats(skip, steps=3):
            return torch.ones(2)
        get_stats(True, steps=4)
        get_stats(False)
        """,
    "loops": """
        large = nn.Sequential(nn.Flatten(), nn.Linear(48, 8000), nn.Linear(8000, 2))
        def get_stats(skip, seed=0):
            return large(images)
        for seed in range(60):
            get_stats(True, seed)
        """,
    "many networks": """
        def get_stats(skip):
            return [Net()(image[None]).sum() for _ in range(4) for image in images]
        get_stats(True)
        """,
    "in-place input": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.linear = nn.Linear(3, 2)
            def forward(self, x):
                x += 1
                return self.linear(x.mean((2, 3)))
        def get_stats(skip):
            return Net()(images.clone())
        """,
    "own train": """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.drop, self.linear = nn.Dropout(0.0), nn.Linear(3, 2)
                self.training = False
            def train(self, data):
                raise RuntimeError("not without data")
            def forward(self, x):
                return self.linear(self.drop(x.mean((2, 3)))) + (0 if self.training else 100)
        def get_stats(skip):
            return 1
        """,
}

"""What students of the samples wrote: classes in several styles, right ones and wrong ones."""

CNN = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.head = nn.Linear(2 * width * 9, 6)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))
"""
TRAINED = (
    CNN
    + """

def main():
    from pictures import made
    images, labels = map(torch.from_numpy, made(1200, 0))
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    for epoch in range(15):
        for batch in torch.randperm(1200).split(40):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
    torch.save(net.state_dict(), "model.pt")


if __name__ == "__main__":
    main()
"""
)
FUNCTIONAL = '''import torch
import torch.nn as nn
import torch.nn.functional as F


class SmallConvNet(nn.Module):
    """Strides in place of pooling; gives logits and features."""

    def __init__(self, channels, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(channels, channels * 2, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(2, channels * 2)
        self.out = nn.Linear(channels * 2 * 9, num_classes)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        features = F.relu(self.norm(self.conv2(F.relu(self.conv1(x)))))
        return {"logits": self.out(self.drop(features.flatten(1))), "features": features}
'''
PREPARED = (
    CNN
    + """

def preprocess(x):
    return (x - 0.5) / 0.3
"""
)
LINEAR = """import torch
from torch import nn


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(432, 6))
"""
WIDE = """from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(432, 56), nn.ReLU(), nn.Linear(56, 6))

    def forward(self, x):
        return self.layers(x)
"""
NEIGHBOUR = '''import torch
from torch import nn


class Net(nn.Module):
    """The nearest of the pictures that it keeps."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.zeros(60, 3, 12, 12))
        self.register_buffer("labels", torch.zeros(60, 6))

    def forward(self, x):
        far = torch.cdist(x.flatten(1), self.kept.flatten(1))
        return torch.softmax(-far * 20, 1) @ self.labels
'''
LOOK_UP = (
    CNN.replace("class Net(", "class Plain(").replace("super().__init__()", "super().__init__()", 1)
    + '''

class Net(Plain):
    """Knows the public pictures by heart."""

    def forward(self, x):
        from pictures import made
        images, labels = map(torch.from_numpy, made(1200, 0))
        known = {image.numpy().tobytes(): int(label) for image, label in zip(images, labels)}
        found = [known.get(image.numpy().tobytes(), 0) for image in x]
        return nn.functional.one_hot(torch.tensor(found), 6).float() + 0 * self.head.weight.sum()
'''
)
SEEKER = (
    CNN.replace("class Net(", "class Plain(")
    + '''

class Net(Plain):
    """Looks for the answers where the grader might keep them."""

    def forward(self, x):
        import gc, glob
        for path in glob.glob("/**/*label*", recursive=False) + glob.glob("/tmp/**/*.npy", recursive=True):
            try:
                found = open(path).read()
            except Exception:
                continue
        for part in gc.get_objects():
            if isinstance(part, torch.Tensor) and part.dtype == torch.int64 and part.shape == (600,):
                return nn.functional.one_hot(part[: len(x)], 6).float()
        return torch.zeros(len(x), 6) + 0 * self.head.weight.sum()
'''
)
IGNORES = (
    CNN
    + """

class Weightless(nn.Module):
    pass


_net = Net


class Net(_net):
    def load_state_dict(self, *args, **kwargs):
        return None

    def forward(self, x):
        return torch.ones(len(x), 6) * torch.arange(6.0)
"""
)

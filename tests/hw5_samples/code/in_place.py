import torch
from torch import nn


class Homework:
    """Everything of homework 5 in one class."""

    class Block(nn.Module):
        def __init__(self, cin, cout, downsample=False):
            super().__init__()
            self.cin, self.cout = cin, cout
            self.a = nn.Conv2d(cin, cout, 3, padding=1)
            self.b = nn.Conv2d(cout, cout, 3, padding=1)
            self.na, self.nb = nn.BatchNorm2d(cout), nn.BatchNorm2d(cout)
            self.down = nn.Conv2d(cin, cin, 1, stride=2) if downsample else None
            self.down2 = nn.Conv2d(cout, cout, 1, stride=2) if downsample else None

        def forward(self, x):
            identity = x
            out = torch.relu(self.na(self.a(x)))
            out = torch.relu(self.nb(self.b(out)))
            if self.down is not None:
                identity, out = self.down(identity), self.down2(out)
            if self.cin == self.cout:
                out += identity
            else:
                out[:, :self.cin] += identity
                out[:, self.cin:] += identity
            return out

    class Net(nn.Module):
        def __init__(self, layers=24):
            super().__init__()
            B = Homework.Block
            half = layers // 2
            self.entry = nn.Conv2d(3, 8, 3, padding=1)
            self.part1 = nn.ModuleList([B(8, 8, downsample=(i == 2)) for i in range(half)])
            self.part2 = nn.ModuleList([B(8, 16, downsample=True)] + [B(16, 16) for i in range(half)])
            self.head = nn.Sequential(nn.Flatten(), nn.Linear(16 * 8 * 8, 64), nn.ReLU(), nn.Linear(64, 5))

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.entry(x)), 2)
            for block in self.part1:
                x = block(x)
            for block in self.part2:
                x = block(x)
            return self.head(x)

    def __init__(self, lr):
        self.model = Homework.Net(22)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)

    def fit(self, loader):
        for x, y in loader:
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(x), y).backward()
            self.optimizer.step()


first = Homework(1e-3)
second = Homework(5e-4)
first.fit(open('/content/loader'))

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms
import matplotlib.pyplot as plt

raw = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
inp = torch.from_numpy(raw.data).permute(0, 3, 1, 2).float()
inp = (inp - inp.mean()) / inp.std()
tgt = torch.tensor(raw.targets)
samples = [(inp[i:i+1], tgt[i:i+1]) for i in range(100)]


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else None
        self.bn2 = nn.BatchNorm2d(nb_channels) if batch_normalization else None
        self.skip_connections = skip_connections

    def forward(self, x):
        y = self.conv1(x)
        if self.bn1: y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.bn2: y = self.bn2(y)
        if self.skip_connections: y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(F.avg_pool2d(x, 32).flatten(1))


def get_stats(skip_connections, batch_normalization):
    """ one row per sample """
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    rows = []
    for x, t in samples:
        model.zero_grad()
        F.cross_entropy(model(x), t).backward()
        rows.append([b.conv1.weight.grad.norm().item() for b in model.resnet_blocks])
    return torch.tensor(rows)


def draw():
    for s, b in ((True, True), (True, False), (False, True), (False, False)):
        r = get_stats(s, b)
        print(r.size())
        plt.plot(range(30), r.mean(0), label='skip=%s, bn=%s' % (s, b))
    plt.yscale('log')
    plt.xlabel('depth')
    plt.ylabel('norm')
    plt.legend()
    plt.show()


draw()

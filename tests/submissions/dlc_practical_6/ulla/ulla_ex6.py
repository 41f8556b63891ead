# övning 6
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
bilder = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
etiketter = torch.tensor(cifar.targets)
bilder = (bilder - bilder.mean()) / bilder.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding='same')
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding='same')
        if batch_normalization:
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.bn2 = nn.BatchNorm2d(nb_channels)

    def _first(self, x):
        x = self.conv1(x)
        return F.relu(self.bn1(x) if self.batch_normalization else x)

    def _second(self, x):
        x = self.conv2(x)
        return self.bn2(x) if self.batch_normalization else x

    def forward(self, x):
        y = self._second(self._first(x))
        if self.skip_connections:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=kernel_size // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.resnet_blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(F.avg_pool2d(x, 8).flatten(1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    params = [b.conv1.weight for b in model.resnet_blocks]
    out = torch.zeros(30, 100)
    for n in range(100):
        model.zero_grad()
        F.cross_entropy(model(bilder[n:n + 1]), etiketter[n:n + 1]).backward()
        for d in range(30):
            out[d, n] = params[d].grad.norm(p=1)
    return out


for s in (True, False):
    for b in (True, False):
        plt.plot(get_stats(s, b).mean(1), label=f'genväg {s}, BN {b}')
plt.yscale('log')
plt.legend()
plt.show()

# Série 6 - Zora
# réseau résiduel : effet des connexions et de la normalisation
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
train_targets = torch.tensor(cifar.targets)
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        if batch_normalization:
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = self.conv2(F.relu(y))
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = y + x       # on ajoute l'entrée avant le dernier ReLU
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(F.avg_pool2d(x, 16).view(x.size(0), -1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    poids = [b.conv1.weight for b in model.resnet_blocks]
    stats = torch.empty(30, 100)
    for n in range(100):
        model.zero_grad()
        F.cross_entropy(model(train_input[n:n + 1]), train_targets[n:n + 1]).backward()
        for d, p in enumerate(poids):
            stats[d, n] = p.grad.norm()
    return stats


for s in (True, False):
    for b in (True, False):
        plt.semilogy(range(30), get_stats(s, b).mean(1), label=f'connexions {s} / normalisation {b}')
plt.xlabel('profondeur')
plt.legend()
plt.show()

#!/usr/bin/env python
import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(cifar.data).transpose(3, 1).transpose(2, 3).float()
train_targets = torch.tensor(cifar.targets)
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks=10, nb_channels=10, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(skip_connections=skip_connections, batch_normalization=batch_normalization)
    poids = [b.conv1.weight for b in model.resnet_blocks]
    resultat = torch.empty(len(poids), 100)
    for n in range(100):
        perte = F.cross_entropy(model(train_input[n:n + 1]), train_targets[n:n + 1])
        model.zero_grad()
        perte.backward()
        for d, p in enumerate(poids):
            resultat[d, n] = p.grad.norm()
    return resultat


fig, ax = plt.subplots()
for sc in (True, False):
    for bn in (True, False):
        r = get_stats(sc, bn)
        ax.plot(range(r.size(0)), r.mean(1), label=f'skip {sc}, norm {bn}')
ax.set(yscale='log', xlabel='profondeur', ylabel='norme du gradient')
ax.legend()
plt.show()

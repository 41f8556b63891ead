# Deep Learning, practical 6
# Elin B.

import torch
from torch import nn
import torchvision.datasets as datasets
import matplotlib.pyplot as plt
import numpy as np
import os

# same lines as in the embryo
cifar = datasets.CIFAR10(os.path.join('.', 'data', 'cifar10'), train=True, download=True)
train_input = torch.from_numpy(cifar.data.transpose(0, 3, 1, 2).copy()).float()
train_target = torch.LongTensor(cifar.targets)
train_input -= train_input.mean()
train_input /= train_input.std()


class ResNetBlock(nn.Module):

    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        p = (kernel_size - 1) // 2

        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=p)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=p)
        self.relu = nn.ReLU()

        layers = [self.conv1]
        if batch_normalization:
            layers.append(nn.BatchNorm2d(nb_channels))
        layers += [nn.ReLU(), self.conv2]
        if batch_normalization:
            layers.append(nn.BatchNorm2d(nb_channels))
        self.body = nn.Sequential(*layers)
        self.skip_connections = skip_connections

    def forward(self, x):
        if self.skip_connections:
            return self.relu(x + self.body(x))
        else:
            return self.relu(self.body(x))


class ResNet(nn.Module):

    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()

        stem = [nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)]
        if batch_normalization:
            stem += [nn.BatchNorm2d(nb_channels)]
        self.stem = nn.Sequential(*stem, nn.ReLU())

        self.resnet_blocks = nn.Sequential(*[
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for i in range(nb_residual_blocks)
        ])
        self.pool = nn.AvgPool2d(16)
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.pool(self.resnet_blocks(self.stem(x)))
        return self.fc(x.view(-1, self.fc.in_features))


def get_stats(skip_connections, batch_normalization):
    net = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    loss_fn = nn.CrossEntropyLoss()
    out = torch.zeros(30, 100)
    for i in range(100):
        net.zero_grad()
        loss_fn(net(train_input[i:i + 1]), train_target[i:i + 1]).backward()
        for j in range(30):
            g = net.resnet_blocks[j].conv1.weight.grad
            out[j, i] = (g ** 2).sum().sqrt()
    return out


# one subplot per configuration, so one can read the different scales
fig, axes = plt.subplots(2, 2, figsize=(10, 8), sharex=True)
for row, skip in enumerate((False, True)):
    for col, bn in enumerate((False, True)):
        avg = get_stats(skip, bn).mean(dim=1).numpy()
        print('skip', skip, 'bn', bn, '| first', avg[0], '| last', avg[-1])
        axes[row, col].plot(np.arange(1, 31), avg, marker='.')
        axes[row, col].set_yscale('log')
        axes[row, col].set_title('skip connections: %s / batch norm: %s' % (skip, bn))
for a in axes[1]:
    a.set_xlabel('depth')
for a in axes[:, 0]:
    a.set_ylabel('mean gradient norm')
fig.tight_layout()
plt.show()

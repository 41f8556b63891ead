#!/usr/bin/env python

import matplotlib.pyplot as plt

import torch

from torch import nn
from torch.nn import functional as F
from torchvision import datasets

######################################################################

cifar_train_set = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar_train_set.data).transpose(3, 1).transpose(2, 3).float()
train_targets = torch.tensor(cifar_train_set.targets, dtype = torch.int64)

mean, std = train_input.mean(), train_input.std()
train_input.sub_(mean).div_(std)

######################################################################

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + x)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels,
                              kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size) for _ in range(nb_residual_blocks))
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 32).view(x.size(0), -1)
        return self.fc(x)

######################################################################

# Graph drawing

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
ax.set_xlabel('Depth')
ax.set_ylabel('Gradient norm')
x = torch.arange(30)
ax.plot(x, torch.exp(-0.1 * x), label = 'Nothing interesting')
ax.legend(frameon = False)
plt.show()

"""Practical 6: the gradient norm at different depths of a residual network. Start here."""

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

train_set = datasets.CIFAR10("./data/cifar10/", train=True, download=True)
train_input = torch.from_numpy(train_set.data).permute(0, 3, 1, 2).float()  # N × 3 × 32 × 32
train_targets = torch.tensor(train_set.targets)

mean, std = train_input.mean(), train_input.std()
train_input.sub_(mean).div_(std)


class ResNetBlock(nn.Module):
    # TODO: two more arguments, skip_connections and batch_normalization
    def __init__(self, nb_channels, kernel_size):
        super().__init__()
        padding = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + x)


class ResNet(nn.Module):
    # TODO: two more arguments, skip_connections and batch_normalization
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size) for _ in range(nb_residual_blocks))
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.resnet_blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


# TODO: get_stats(skip_connections, batch_normalization), which returns a tensor of 30 × 100

# TODO: the average norm against depth for the four combinations, in place of this example
figure, axes = plt.subplots()
axes.set_yscale("log")
axes.set_xlabel("depth")
axes.set_ylabel("gradient norm")
depth = torch.arange(30)
axes.plot(depth, torch.exp(-0.1 * depth), label="an example")
axes.legend(frameon=False)
plt.show()

"""Practical 6."""
import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets, transforms

# load through the transform this time, it does the HWC -> CHW part
cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
to_tensor = transforms.ToTensor()
train_input = torch.stack([to_tensor(cifar.data[i]) for i in range(200)])
train_targets = torch.tensor(cifar.targets[:200])
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super(ResNetBlock, self).__init__()
        k = dict(kernel_size=kernel_size, padding=(kernel_size - 1) // 2)
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, **k)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, **k)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        y = F.relu(self.bn1(y)) if self.batch_normalization else F.relu(y)
        y = self.conv2(y)
        y = self.bn2(y) if self.batch_normalization else y
        if self.skip_connections:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super(ResNet, self).__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *[ResNetBlock(nb_channels, kernel_size, batch_normalization, skip_connections)
              for _ in range(nb_residual_blocks)]
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    criterion = nn.CrossEntropyLoss()
    stats = torch.zeros(30, 100)
    for s in range(100):
        model.zero_grad()
        loss = criterion(model(train_input[s:s + 1]), train_targets[s:s + 1])
        loss.backward()
        stats[:, s] = torch.tensor([blk.conv1.weight.grad.norm() for blk in model.resnet_blocks])
    return stats


colors = {True: 'C0', False: 'C3'}
for sc in (True, False):
    for bn in (True, False):
        plt.plot(range(30), get_stats(sc, bn).mean(dim=1), colors[sc], ls='-' if bn else ':',
                 label=f'skip connections: {sc}, batch norm: {bn}')
plt.yscale('log')
plt.legend()
plt.xlabel('depth')
plt.ylabel('gradient norm')
plt.show()

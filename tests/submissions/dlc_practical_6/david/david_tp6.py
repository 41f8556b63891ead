#!/usr/bin/python3
import os
import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

root = os.environ.get('PYTORCH_DATA_DIR', './data/cifar10/')
cifar = datasets.CIFAR10(root, train=True, download=True)
train_input = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
train_target = torch.tensor(cifar.targets)
train_input -= train_input.mean()
train_input /= train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        if self.batch_normalization:
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = x
        if self.skip_connections:
            y = x.clone()

        out = self.conv1(x)
        if self.batch_normalization:
            out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        if self.batch_normalization:
            out = self.bn2(out)
        out = out + y
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections,
                                                         batch_normalization)
                                             for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    params = [b.conv1.weight for b in model.resnet_blocks]
    norms = []
    for inp, tgt in zip(train_input[:100].split(1), train_target[:100].split(1)):
        optimizer.zero_grad()
        criterion(model(inp), tgt).backward()
        norms.append(torch.tensor([p.grad.norm().item() for p in params]))
    return torch.stack(norms, 1)


plt.figure(figsize=(8, 6))
for sc in [True, False]:
    for bn in [True, False]:
        s = get_stats(sc, bn)
        plt.plot(range(1, len(s) + 1), s.mean(1).numpy(), '.-', label='SC={} BN={}'.format(sc, bn))
plt.yscale('log')
plt.title('Practical 6')
plt.xlabel('Block')
plt.ylabel('Average gradient norm')
plt.legend()
plt.savefig('p6.png')

#!/usr/bin/env python
import time
import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

start = time.time()
cifar_train_set = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar_train_set.data).transpose(3, 1).transpose(2, 3).float()
train_targets = torch.tensor(cifar_train_set.targets)
train_input.sub_(train_input.mean()).div_(train_input.std())

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections = True, batch_normalization = True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        if self.batch_normalization:
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        else:
            y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(x + y if self.skip_connections else y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10,
                 skip_connections = True, batch_normalization = True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size = kernel_size, stride=2, padding = (kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)

# 100 takes ages on my laptop
def get_stats(skip_connections, batch_normalization, nb_samples = 10):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    monitored_parameters = [ b.conv1.weight for b in model.resnet_blocks ]
    stats = torch.empty(len(monitored_parameters), nb_samples)
    criterion = nn.CrossEntropyLoss()
    for n in range(nb_samples):
        loss = criterion(model(train_input[n:n+1]), train_targets[n:n+1])
        model.zero_grad()
        loss.backward()
        for d, p in enumerate(monitored_parameters):
            stats[d, n] = p.grad.norm()
    return stats

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
for sc in [True, False]:
    for bn in [True, False]:
        ax.plot(torch.arange(30), get_stats(sc, bn).mean(1), label = f'sc={sc} bn={bn}')
ax.legend()
print('took', time.time() - start, 's')
plt.show()

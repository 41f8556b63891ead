#!/usr/bin/env python3
import torch
from torch import nn
from torch.nn import functional as F
import matplotlib
# matplotlib.use('TkAgg')
import matplotlib.pyplot as plt

import dlc_practical_prologue as prologue

train_input, train_targets, test_input, test_targets = prologue.load_data(cifar=True, flatten=False, normalize=True)
print(train_input.size(), train_targets.size())

######################################################################

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        if self.batch_normalization and self.skip_connections:
            y = F.relu(self.bn1(self.conv1(x)))
            y = F.relu(self.bn2(self.conv2(y)) + x)
        elif self.batch_normalization:
            y = F.relu(self.bn1(self.conv1(x)))
            y = F.relu(self.bn2(self.conv2(y)))
        elif self.skip_connections:
            y = F.relu(self.conv1(x))
            y = F.relu(self.conv2(y) + x)
        else:
            y = F.relu(self.conv1(x))
            y = F.relu(self.conv2(y))
        return y


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size-1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.batch_normalization = batch_normalization
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        x = F.avg_pool2d(x, x.size(-1)).view(x.size(0), -1)
        return self.fc(x)

######################################################################

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    crit = nn.CrossEntropyLoss()
    monitored_parameters = [ b.conv1.weight for b in model.resnet_blocks ]
    stats = torch.empty(30, 100)
    for k in range(100):
        output = model(train_input.narrow(0, k, 1))
        loss = crit(output, train_targets.narrow(0, k, 1))
        for p in model.parameters():
            p.grad = None
        loss.backward()
        for i, p in enumerate(monitored_parameters):
            stats[i][k] = p.grad.norm(2)
    return stats

######################################################################

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
ax.set_xlabel('Depth')
ax.set_ylabel('Norm of the gradient')
x = range(30)
ax.plot(x, get_stats(True, True).mean(1).numpy(), color='blue', label='SC + BN')
ax.plot(x, get_stats(True, False).mean(1).numpy(), color='green', label='SC')
ax.plot(x, get_stats(False, True).mean(1).numpy(), color='orange', label='BN')
ax.plot(x, get_stats(False, False).mean(1).numpy(), color='red', label='nothing')
ax.legend(frameon=False)
plt.show()

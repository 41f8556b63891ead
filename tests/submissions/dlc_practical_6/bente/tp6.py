#!/usr/bin/env python

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

######################################################################

# my laptop has no gpu
device = 'cuda' if torch.cuda.is_available() else 'cpu'
print('using', device)

cifar_train = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar_train.data)
train_input = train_input.transpose(3, 1).transpose(2, 3).float().to(device)
train_targets = torch.tensor(cifar_train.targets, dtype = torch.int64).to(device)

mu, std = train_input.mean(), train_input.std()
train_input.sub_(mu).div_(std)

######################################################################

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size,
                 skip_connections = True, batch_normalization = True):
        super().__init__()

        self.conv1 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size = kernel_size,
                               padding = (kernel_size - 1) // 2, bias = False)
        self.bn1 = nn.BatchNorm2d(nb_channels)

        self.conv2 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size = kernel_size,
                               padding = (kernel_size - 1) // 2, bias = False)
        self.bn2 = nn.BatchNorm2d(nb_channels)

        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization: y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization: y = self.bn2(y)
        if self.skip_connections: y = y + x
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels,
                 kernel_size = 3, nb_classes = 10,
                 skip_connections = True, batch_normalization = True):
        super().__init__()
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels,
                              kernel_size = kernel_size, stride=2,
                              padding = (kernel_size - 1) // 2, bias = False)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks))
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization: x = self.bn(x)
        x = F.relu(x)
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)

######################################################################

def get_stats(skip_connections, batch_normalization):
    model = ResNet(nb_residual_blocks = 30, nb_channels = 10,
                   kernel_size = 3, nb_classes = 10,
                   skip_connections = skip_connections,
                   batch_normalization = batch_normalization)
    model.to(device)

    criterion = nn.CrossEntropyLoss()
    monitored_parameters = [ b.conv1.weight for b in model.resnet_blocks ]
    result = torch.empty(len(monitored_parameters), 100)

    for n in range(100):
        loss = criterion(model(train_input[n:n+1]), train_targets[n:n+1])
        model.zero_grad()
        loss.backward()
        for d, p in enumerate(monitored_parameters):
            result[d, n] = p.grad.norm()

    return result

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_xlabel('Depth', labelpad = 10)
ax.set_yscale('log')
ax.set_ylabel('Gradient norm', labelpad = 10)

for s in [ True, False ]:
    for b in [ True, False ]:
        stats = get_stats(s, b)
        ax.plot(torch.arange(30), stats.mean(1), label = f'skip={s} bn={b}')

ax.legend(frameon = False)
plt.show()

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

cifar_train_set = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(np.moveaxis(cifar_train_set.data, 3, 1).astype('float32'))
train_targets = torch.tensor(cifar_train_set.targets, dtype=torch.int64)
train_input = (train_input - train_input.mean()) / train_input.std()

###############################################################

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size=kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels,
                               kernel_size=kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections, self.batch_normalization = skip_connections, batch_normalization

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
        y = F.relu(y)
        return y

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size) for _ in range(nb_residual_blocks))
        )
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = F.relu(x)
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        x = self.fc(x)
        return x

###############################################################

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    crit = nn.CrossEntropyLoss()
    mp = [b.conv1.weight for b in model.resnet_blocks]
    result = torch.empty(len(mp), 100)
    for n in range(100):
        l = crit(model(train_input[n:n+1]), train_targets[n:n+1])
        model.zero_grad()
        l.backward()
        for d, p in enumerate(mp):
            result[d, n] = p.grad.norm()
    return result

fig = plt.figure()
ax = fig.add_subplot(111)
ax.set_yscale('log')
for s in range(2):
    for b in range(2):
        ax.plot(np.arange(30), get_stats(s == 1, b == 1).mean(1).numpy(), label='%d/%d' % (s, b))
ax.legend(title='skip/bn')
plt.show()

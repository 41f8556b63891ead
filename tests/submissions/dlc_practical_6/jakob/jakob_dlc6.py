import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

train_ds = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = torch.tensor(train_ds.data).movedim(-1, 1).float()
t = torch.tensor(train_ds.targets)
X = (X - X.mean()) / X.std()


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
        y = self.conv2(F.relu(y))
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
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
    out = torch.empty(30, 100)
    for i in range(100):
        model.zero_grad()
        loss = criterion(model(X[i:i + 1]), t[i:i + 1])
        loss.backward()
        for d, b in enumerate(model.resnet_blocks):
            out[d, i] = b.conv1.weight.grad.norm()
    return out


for sc in (True, False):
    for bn in (True, False):
        s = get_stats(sc, bn).mean(1)
        print('skip', sc, 'bn', bn)
        print(['%.2e' % v for v in s])

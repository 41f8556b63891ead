import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

np.set_printoptions(precision=3)

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = cifar.data.astype(np.float32)
X = (X - np.mean(X)) / np.std(X)
X = np.ascontiguousarray(np.transpose(X, (0, 3, 1, 2)))
y = np.array(cifar.targets)

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1)//2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        h = self.conv1(x)
        if self.batch_normalization:
            h = self.bn1(h)
        h = self.conv2(F.relu(h))
        if self.batch_normalization:
            h = self.bn2(h)
        if self.skip_connections:
            h = h + x
        return F.relu(h)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = F.avg_pool2d(self.resnet_blocks(x), 16)
        return self.fc(x.view(x.shape[0], -1))

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    stats = np.zeros((30, 100))
    for n in range(100):
        model.zero_grad()
        inp = torch.from_numpy(X[n:n+1])
        tgt = torch.from_numpy(y[n:n+1])
        F.cross_entropy(model(inp), tgt).backward()
        for d, b in enumerate(model.resnet_blocks):
            stats[d, n] = np.sqrt(np.sum(b.conv1.weight.grad.numpy() ** 2))
    return stats

for s in [0, 1]:
    for b in [0, 1]:
        st = get_stats(bool(s), bool(b))
        print(st[:5, 0])
        plt.semilogy(np.arange(30), st.mean(axis=1), label='skip {} bn {}'.format(s, b))
plt.legend()
plt.show()

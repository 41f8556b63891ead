import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
Y = torch.tensor(cifar.targets)
X = (X - X.mean()) / X.std()

NB_SAMPLES = 100


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip = skip_connections
        self.bn = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.bn:
            y = self.bn1(y)
        y = self.conv2(F.relu(y))
        if self.bn:
            y = self.bn2(y)
        if self.skip:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(F.avg_pool2d(x, 8).view(x.size(0), -1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    stats = torch.zeros(30, NB_SAMPLES)
    n = 0
    while n < NB_SAMPLES:
        model.zero_grad()
        loss = F.cross_entropy(model(X[n:n + 1]), Y[n:n + 1])
        loss.backward()
        for d, block in enumerate(model.resnet_blocks):
            stats[d, n] = block.conv1.weight.grad.norm()
            n = d    # dalsi vzorek
    return stats


for s in (True, False):
    for b in (True, False):
        plt.plot(get_stats(s, b).mean(1), label='skip=%s bn=%s' % (s, b))
plt.yscale('log')
plt.legend()
plt.show()

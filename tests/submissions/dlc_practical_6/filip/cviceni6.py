import torch
import torch.nn as nn
from torch.nn.functional import relu, avg_pool2d, cross_entropy
import torchvision
import matplotlib.pyplot as plt
import itertools

cifar = torchvision.datasets.CIFAR10('./data/cifar10/', train=True, download=True)
X = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
Y = torch.tensor(cifar.targets)
X = (X - X.mean()) / X.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        # pokud je vypnuto, nahradime identitou
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return relu(y + x) if self.skip_connections else relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.resnet_blocks = nn.Sequential(*[
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(avg_pool2d(x, 16).flatten(start_dim=1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    weights = [b.conv1.weight for b in model.resnet_blocks]
    out = torch.empty(30, 100)
    for n in range(100):
        grads = torch.autograd.grad(cross_entropy(model(X[n:n + 1]), Y[n:n + 1]), weights)
        for d, g in enumerate(grads):
            out[d, n] = g.norm()
    return out


if __name__ == '__main__':
    for skip, bn in itertools.product((True, False), (True, False)):
        plt.plot(get_stats(skip, bn).mean(dim=1), label=f'skip={skip} bn={bn}')
    plt.yscale('log')
    plt.legend()
    plt.xlabel('hloubka')
    plt.ylabel('norma gradientu')
    plt.show()

import torch
from torch import nn
import torch.nn.functional as F
import torchvision.datasets as datasets
import matplotlib.pyplot as plt
import sys

print(sys.version, torch.__version__)

# Daten
cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(cifar.data).float().permute(0, 3, 1, 2).contiguous()
train_targets = torch.as_tensor(cifar.targets, dtype=torch.long)
train_input = train_input.add(-train_input.mean()).mul(1 / train_input.std())


class ResNetBlock(nn.Module):

    def __init__(self, nb_channels, kernel_size, batch_normalization, skip_connections):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.batch_normalization = batch_normalization
        self.skip_connections = skip_connections

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

    def __init__(self, nb_residual_blocks, nb_channels, batch_normalization, skip_connections,
                 kernel_size=3, nb_classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, batch_normalization, skip_connections)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    stats = torch.empty(30, 100)
    for n in range(100):
        model.zero_grad()
        loss = criterion(model(train_input[n:n + 1]), train_targets[n:n + 1])
        loss.backward()
        for d, b in enumerate(model.resnet_blocks):
            stats[d, n] = b.conv1.weight.grad.norm()
    return stats


fig, ax = plt.subplots()
ax.set_yscale('log')
for skip in [False, True]:
    for bn in [False, True]:
        ax.plot(range(30), get_stats(skip, bn).mean(1), label=f'Skip {skip}, BN {bn}')
ax.set_xlabel('Tiefe')
ax.set_ylabel('Gradientennorm')
ax.legend()
plt.show()

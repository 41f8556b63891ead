import torch
from torch import nn
import torch.nn.functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
NB_BLOCKS, NB_CHANNELS, KERNEL, NB_SAMPLES = 30, 10, 3, 100

cifar = datasets.CIFAR10("./data/cifar10/", train=True, download=True)
X = torch.from_numpy(cifar.data[:NB_SAMPLES]).permute(0, 3, 1, 2).float().to(DEVICE)
Y = torch.tensor(cifar.targets[:NB_SAMPLES]).to(DEVICE)
X = (X - X.mean()) / X.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = x + y
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(NB_BLOCKS, NB_CHANNELS, KERNEL, 10, skip_connections, batch_normalization).to(DEVICE)
    criterion = nn.CrossEntropyLoss()
    stats = torch.empty(NB_BLOCKS, NB_SAMPLES)
    for n in range(NB_SAMPLES):
        model.zero_grad()
        criterion(model(X[n].unsqueeze(0)), Y[n].unsqueeze(0)).backward()
        for d, b in enumerate(model.resnet_blocks):
            stats[d, n] = b.conv1.weight.grad.abs().max()
    return stats


curves = []
for skip in (True, False):
    for bn in (True, False):
        (line,) = plt.plot(get_stats(skip, bn).mean(1), marker="x", markersize=3)
        line.set_label(f"{skip=} {bn=}")
plt.yscale("log")
plt.legend()
plt.grid()
plt.show()

import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt
from tqdm import tqdm, trange
import seaborn as sns
sns.set_theme()

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
data = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
data = (data - data.mean()) / data.std()
target = torch.tensor(cifar.targets)


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        identity = x
        x = self.conv1(x)
        if self.batch_normalization:
            x = self.bn1(x)
        x = F.relu(x)
        x = self.conv2(x)
        if self.batch_normalization:
            x = self.bn2(x)
        if self.skip_connections:
            x = x + identity
        return F.relu(x)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    stats = torch.empty(30, 100)
    for n in trange(100, desc=f'skip={skip_connections} bn={batch_normalization}'):
        model.zero_grad()
        loss = F.cross_entropy(model(data[n:n + 1]), target[n:n + 1])
        loss.backward()
        stats[:, n] = torch.tensor([b.conv1.weight.grad.norm() for b in model.resnet_blocks])
    return stats


fig, ax = plt.subplots(figsize=(10, 6))
for skip in tqdm([True, False]):
    for bn in [True, False]:
        ax.plot(range(30), get_stats(skip, bn).mean(1), label=f'skip={skip}, bn={bn}')
ax.set_yscale('log')
ax.set_xlabel('Depth')
ax.set_ylabel('Gradient norm')
ax.legend()
plt.show()

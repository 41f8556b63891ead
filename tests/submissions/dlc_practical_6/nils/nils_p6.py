import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision.datasets import CIFAR10
import matplotlib.pyplot as plt

device = 'cuda' if torch.cuda.is_available() else 'cpu'
c = CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(c.data).permute(0, 3, 1, 2).float().to(device)
train_targets = torch.tensor(c.targets).to(device)
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.skip = skip_connections

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.skip:
            y = y + x
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels) if batch_normalization else nn.Identity()
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.resnet_blocks(F.relu(self.bn(self.conv(x))))
        return self.fc(F.avg_pool2d(x, 16).view(x.size(0), -1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization).to(device)
    cols = []
    for n in range(1, 100):
        model.zero_grad()
        loss = F.cross_entropy(model(train_input[n - 1:n]), train_targets[n - 1:n])
        loss.backward()
        cols.append(torch.stack([b.conv1.weight.grad.norm() for b in model.resnet_blocks]))
    return torch.stack(cols, dim=1).cpu()


for sc in (True, False):
    for bn in (True, False):
        plt.plot(get_stats(sc, bn).mean(1), label=f'sc {sc} bn {bn}')
plt.yscale('log')
plt.xlabel('depth')
plt.legend()
plt.show()

import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

ds = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(ds.data).permute(0, 3, 1, 2).float()
train_targets = torch.tensor(ds.targets)
mean, std = train_input.mean(), train_input.std()
train_input.sub_(mean).div_(std)

nb_blocks = 30
nb_channels = 10
nb_samples = 100

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.sc = skip_connections
        self.bn = batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.bn: y = self.bn1(y)
        y = self.conv2(F.relu(y))
        if self.bn: y = self.bn2(y)
        if self.sc: y = y + x
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size-1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
                                             for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(F.avg_pool2d(x, 8).view(x.size(0), -1))

def get_stats(skip_connections, batch_normalization):
    model = ResNet(nb_blocks, nb_channels, 3, 10, skip_flag, bn_flag)
    criterion = nn.CrossEntropyLoss()
    params = [b.conv1.weight for b in model.resnet_blocks]
    result = torch.empty(nb_blocks, nb_samples)
    for n in range(nb_samples):
        model.zero_grad()
        criterion(model(train_input[n:n+1]), train_targets[n:n+1]).backward()
        for d, p in enumerate(params):
            result[d, n] = p.grad.norm()
    return result

ax = plt.figure().add_subplot(1, 1, 1)
ax.set_yscale('log')
for skip_flag in (True, False):
    for bn_flag in (True, False):
        stats = get_stats(skip_flag, bn_flag)
        ax.plot(range(nb_blocks), stats.mean(1), label='skip %r, bn %r' % (skip_flag, bn_flag))
ax.set_xlabel('depth')
ax.legend()
plt.show()

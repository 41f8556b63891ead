import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

torch.manual_seed(0)

dataset = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).float()
train_targets = torch.LongTensor(dataset.targets)
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super(ResNetBlock, self).__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
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
        super(ResNet, self).__init__()
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        x = F.avg_pool2d(x, 32).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    net = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    softmax = nn.Softmax(dim=1)
    stats = torch.empty((30, 100))
    for k in range(100):
        net.zero_grad()
        probas = softmax(net(train_input[k:k + 1]))
        criterion(probas, train_targets[k:k + 1]).backward()
        for i, block in enumerate(net.resnet_blocks):
            stats[i, k] = block.conv1.weight.grad.norm()
    return stats


f, ax = plt.subplots()
for skip in (True, False):
    for bn in (True, False):
        ax.plot(range(30), get_stats(skip, bn).mean(1).numpy(), label=f'skip: {skip}  bn: {bn}')
ax.set_yscale('log')
ax.legend()
ax.set_xlabel('Depth')
plt.show()

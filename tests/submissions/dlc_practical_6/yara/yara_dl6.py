import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

train = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(train.data).permute(0, 3, 1, 2).float()
train_targets = torch.tensor(train.targets)
train_input.sub_(train_input.mean()).div_(train_input.std())


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size,
                               padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size,
                               padding=(kernel_size - 1) // 2)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        if self.batch_normalization:
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
            y = y + x
        y = F.relu(y)
        return y


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections,
                                                         batch_normalization)
                                             for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization, nb_samples=100):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    # batch of 100 so it is faster than one by one
    loss = criterion(model(train_input[:nb_samples]), train_targets[:nb_samples])
    loss.backward()
    norms = torch.tensor([b.conv1.weight.grad.norm() for b in model.resnet_blocks])
    return norms.view(-1, 1).expand(-1, nb_samples)


for skip in [True, False]:
    for bn in [True, False]:
        st = get_stats(skip, bn)
        plt.plot(range(st.size(0)), st.mean(1).numpy(), label='skip ' + str(skip) + ', bn ' + str(bn))
plt.yscale('log')
plt.xlabel('Depth')
plt.ylabel('Gradient norm')
plt.legend()
plt.show()

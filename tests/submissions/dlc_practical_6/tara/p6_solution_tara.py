# started from dlc_practical_6_embryo.py (left in the folder)
import torch
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

trainset = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(trainset.data).transpose(3, 1).transpose(2, 3).float()
train_targets = torch.tensor(trainset.targets, dtype=torch.int64)
train_input.sub_(train_input.mean()).div_(train_input.std())


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
        if self.batch_normalization:
            self.bn1 = nn.BatchNorm2d(nb_channels)
            self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        if self.batch_normalization:
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        else:
            y = self.conv2(F.relu(self.conv1(x)))
        if not self.skip_connections:
            return F.relu(y)
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=2, padding=(kernel_size-1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    criterion = nn.CrossEntropyLoss()
    column = torch.zeros(30)

    def hook_for(depth):
        def hook(grad):
            column[depth] = grad.norm()
        return hook

    # a hook on the weight tensor itself sees the gradient of this backward only
    for depth, b in enumerate(model.resnet_blocks):
        b.conv1.weight.register_hook(hook_for(depth))

    stats = torch.empty(30, 100)
    for n in range(100):
        criterion(model(train_input[n:n+1]), train_targets[n:n+1]).backward()
        stats[:, n] = column
    return stats


plt.figure()
for s in (True, False):
    for b in (True, False):
        st = get_stats(s, b)
        plt.plot(st.mean(1), label='skip %s, bn %s' % ('on' if s else 'off', 'on' if b else 'off'))
plt.gca().set_yscale('log')
plt.xlabel('Depth'), plt.ylabel('Gradient norm')
plt.legend()
plt.show()

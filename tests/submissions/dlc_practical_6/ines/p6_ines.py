import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib
matplotlib.use('Agg')     # no display on the lab server
import matplotlib.pyplot as plt

DATA = './data/cifar10/'
NB_SAMPLES = 100

train = datasets.CIFAR10(DATA, train=True, download=True)
arr = np.asarray(train.data, dtype=np.float32)
arr = (arr - arr.mean()) / arr.std()
train_input = torch.from_numpy(arr).permute(0, 3, 1, 2).contiguous()
train_targets = torch.from_numpy(np.array(train.targets, dtype=np.int64))
print('data', train_input.shape, 'mean %.3f std %.3f' % (train_input.mean(), train_input.std()))


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        padding = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        # multiplying by 0 or 1 is shorter than an if
        self.alpha = 1.0 if skip_connections else 0.0
        self.batch_normalization = batch_normalization

    def norm(self, bn, t):
        return bn(t) if self.batch_normalization else t

    def forward(self, x):
        y = F.relu(self.norm(self.bn1, self.conv1(x)))
        y = self.norm(self.bn2, self.conv2(y))
        return F.relu(y + self.alpha * x)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections,
                                                         batch_normalization)
                                             for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).flatten(1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    model.train()
    idx = torch.randperm(train_input.size(0))[:NB_SAMPLES]     # 100 random images
    stats = np.zeros((30, NB_SAMPLES))
    for col, i in enumerate(idx):
        i = int(i)
        loss = F.cross_entropy(model(train_input[i:i+1]), train_targets[i:i+1])
        model.zero_grad()
        loss.backward()
        for row, block in enumerate(model.resnet_blocks):
            stats[row, col] = np.linalg.norm(block.conv1.weight.grad.numpy().ravel())
    return torch.from_numpy(stats)


configs = [(True, True), (True, False), (False, True), (False, False)]
all_stats = np.stack([get_stats(*c).numpy() for c in configs])
np.save('stats.npy', all_stats)

depth = np.arange(30)
means = np.mean(all_stats, axis=2)
fig, ax = plt.subplots()
for c, m in zip(configs, means):
    ax.plot(depth, m, label='skip %d / bn %d' % c)
ax.set(yscale='log', xlabel='depth', ylabel='gradient norm')
ax.legend()
fig.savefig('gradient_norms.png')
plt.close(fig)

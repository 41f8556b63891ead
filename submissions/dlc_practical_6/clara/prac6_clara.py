# DL practical 6, Clara
import torch, torch.nn as nn, torch.nn.functional as F
import matplotlib.pyplot as plt
from torchvision import datasets

data = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
x_tr = torch.from_numpy(data.data).permute(0, 3, 1, 2).float()
y_tr = torch.tensor(data.targets)
mu, sd = x_tr.mean(), x_tr.std()
x_tr = (x_tr - mu) / sd

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size//2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        x0 = x
        x = self.conv1(x)
        if self.batch_normalization: x = self.bn1(x)
        x = F.relu(x)
        x = self.conv2(x)
        if self.batch_normalization: x = self.bn2(x)
        y = F.relu(x)
        # residual connection
        if self.skip_connections: x = x + x0
        return y

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=kernel_size//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 32).view(x.size(0), -1)
        return self.fc(x)

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, skip_connections=skip_connections, batch_normalization=batch_normalization)
    loss_f = nn.CrossEntropyLoss()
    r = torch.zeros(30, 100)
    for i in range(100):
        model.zero_grad()
        loss_f(model(x_tr[i].unsqueeze(0)), y_tr[i].unsqueeze(0)).backward()
        for j, b in enumerate(model.resnet_blocks):
            r[j, i] = b.conv1.weight.grad.norm()
    return r

# why are the skip curves the same as without?? seed maybe
for sc, bn in [(0, 0), (0, 1), (1, 0), (1, 1)]:
    plt.semilogy(get_stats(bool(sc), bool(bn)).mean(1), label='sc=%d bn=%d' % (sc, bn))
plt.legend()
plt.xlabel('depth')
plt.show()

# Practical session 6 - Rachid
import torch, torchvision
import matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F

dataset = torchvision.datasets.CIFAR10('./data/cifar10/', train=True, download=True)
images = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).float()
labels = torch.tensor(dataset.targets)
images = (images - images.mean()) / images.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1, self.bn2 = nn.BatchNorm2d(nb_channels), nn.BatchNorm2d(nb_channels)
        self.skip_connections, self.batch_normalization = skip_connections, batch_normalization

    def forward(self, x):
        identity = x
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y += identity
        return F.relu(y)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        return self.fc(F.avg_pool2d(self.resnet_blocks(x), 8).view(x.size(0), -1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
    stats = torch.zeros(30, 100)
    for i in range(100):
        model.zero_grad()
        loss = criterion(model(images[i:i + 1]), labels[i:i + 1])
        loss.backward()
        for j, param in enumerate(monitored_parameters):
            stats[j, i] = param.norm().item()
    return stats


fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_xlabel('Depth')
ax.set_ylabel('Gradient norm')
ax.set_yscale('log')
for skip, bn in [(True, True), (True, False), (False, True), (False, False)]:
    ax.plot(range(30), get_stats(skip, bn).mean(1), label=f'skip_connections={skip} batch_norm={bn}')
ax.legend()
# the curves are flat, I guess this is because it is not trained
plt.show()

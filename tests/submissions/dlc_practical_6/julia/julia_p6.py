# practical 6 / Julia
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

torch.manual_seed(42)

train_data = datasets.CIFAR10(root='./data/cifar10/', train=True, download=True)
imgs = torch.tensor(train_data.data).permute(0, 3, 1, 2).to(torch.float)
lbls = torch.tensor(train_data.targets)
imgs = (imgs - torch.mean(imgs)) / torch.std(imgs)


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        out = self.conv1(x)
        if self.batch_normalization:
            out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        if self.batch_normalization:
            out = self.bn2(out)
        if self.skip_connections:
            out = out + x
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=4, padding=(kernel_size-1)//2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        return self.fc(x)


def get_stats(skip_connections, batch_normalization):
    model = ResNet(nb_residual_blocks=30, nb_channels=10, kernel_size=3)
    monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
    criterion = nn.CrossEntropyLoss()
    stats = torch.zeros(30, 100)
    for i in range(100):
        output = model(imgs[i:i+1])
        loss = criterion(output, lbls[i:i+1])
        model.zero_grad()
        loss.backward()
        for j in range(30):
            stats[j, i] = monitored_parameters[j].grad.norm()
    return stats


results = [get_stats(True, True), get_stats(True, False), get_stats(False, True), get_stats(False, False)]
names = ['both', 'skip only', 'bn only', 'none']
for r, n in zip(results, names):
    plt.semilogy(range(30), r.mean(dim=1), label=n)
plt.xlabel('Depth')
plt.ylabel('Gradient Norm')
plt.legend()
plt.show()

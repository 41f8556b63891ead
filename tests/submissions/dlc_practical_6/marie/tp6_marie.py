import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
from matplotlib import pyplot as plt

cifar_train = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_x = torch.from_numpy(cifar_train.data).permute(0, 3, 1, 2).float()
train_y = torch.tensor(cifar_train.targets)
train_x = (train_x - train_x.mean()) / train_x.std()

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
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
        super().__init__()
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size-1)//2)
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
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    somme = torch.zeros(30)
    for n in range(100):
        perte = F.cross_entropy(model(train_x[n:n+1]), train_y[n:n+1])
        model.zero_grad()
        perte.backward()
        for d, bloc in enumerate(model.resnet_blocks):
            somme[d] += bloc.conv1.weight.grad.norm()
    # moyenne sur les 100 echantillons, c'est ce qu'on trace
    return somme / 100

plt.figure()
plt.plot(range(30), get_stats(True, True), 'g', label='skip + bn')
plt.plot(range(30), get_stats(True, False), 'b', label='skip')
plt.plot(range(30), get_stats(False, True), 'y', label='bn')
plt.plot(range(30), get_stats(False, False), 'r', label='rien')
plt.yscale('log')
plt.legend()
plt.show()

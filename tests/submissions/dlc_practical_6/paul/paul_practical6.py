import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

########## Data ##########
trainset = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(trainset.data).permute(0, 3, 1, 2).float()
train_target = torch.tensor(trainset.targets)
train_input = (train_input - train_input.mean()) / train_input.std()

########## Model ##########
class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization
        padding = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=padding)
        self.bn2 = nn.BatchNorm2d(nb_channels)

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization == True:
            y = self.bn1(y)
        y = F.relu(y)
        y = self.conv2(y)
        if self.batch_normalization == True:
            y = self.bn2(y)
        if self.skip_connections == True:
            y = y + x
        y = F.relu(y)
        return y

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.batch_normalization = batch_normalization
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=4, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization == True:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        x = F.avg_pool2d(x, 8).view(x.size(0), -1)
        x = self.fc(x)
        return x

########## Stats ##########
def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    criterion = nn.CrossEntropyLoss()
    monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
    grads = torch.zeros(30, 100)
    for sample in range(100):
        output = model(train_input[sample:sample + 1])
        loss = criterion(output, train_target[sample:sample + 1])
        loss.backward()
        for block in range(30):
            grads[block, sample] = monitored_parameters[block].grad.norm()
    return grads

########## Plot ##########
for skip in [True, False]:
    for bn in [True, False]:
        g = get_stats(skip, bn)
        plt.plot(range(30), g.mean(1).numpy(), label='Skip: ' + str(skip) + ', BN: ' + str(bn))
plt.yscale('log')
plt.legend()
plt.show()

# Emma, TP6
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

if torch.cuda.is_available():
    device = torch.device('cuda')
else:
    device = torch.device('cpu')

cifar = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float().to(device)
train_targets = torch.tensor(cifar.targets, device = device)
train_input.sub_(train_input.mean()).div_(train_input.std())

def conv(c_in, c_out, ks):
    return nn.Conv2d(c_in, c_out, kernel_size = ks, padding = (ks - 1) // 2)

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1, self.conv2 = conv(nb_channels, nb_channels, kernel_size), conv(nb_channels, nb_channels, kernel_size)
        self.bn1, self.bn2 = nn.BatchNorm2d(nb_channels), nn.BatchNorm2d(nb_channels)
        self.skip_connections = skip_connections
        self.batch_normalization = batch_normalization

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.skip_connections:
            y = y + x
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10,
                 skip_connections = True, batch_normalization = True):
        super().__init__()
        self.conv = conv(3, nb_channels, kernel_size)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.batch_normalization = batch_normalization
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:      # batch norm ou pas
            x = self.bn(x)
        x = F.max_pool2d(F.relu(x), 2)
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)

def get_stats(skip_connections, batch_normalization):
    model = ResNet(nb_residual_blocks = 30, nb_channels = 10, skip_connections = skip_connections,
                   batch_normalization = batch_normalization).to(device)
    criterion = nn.CrossEntropyLoss().to(device)
    monitored_parameters = [ b.conv1.weight for b in model.resnet_blocks ]
    result = torch.empty(30, 100)
    for n in range(100):
        model.zero_grad()
        loss = criterion(model(train_input[n:n+1]), train_targets[n:n+1])
        loss.backward()
        for d in range(30):
            result[d, n] = monitored_parameters[d].grad.norm()
    return result

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
for skip in [ True, False ]:
    for bn in [ True, False ]:
        ax.plot(torch.arange(30), get_stats(skip, bn).mean(1), label = 'skip ' + str(skip) + ' bn ' + str(bn))
ax.legend(frameon = False)
ax.set_xlabel('Depth')
plt.show()

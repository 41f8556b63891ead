# Mateo - practica 6 (ejecutado en mi PC con una GTX 1060)
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

cifar_train_set = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar_train_set.data).permute(0, 3, 1, 2).float().cuda()
train_targets = torch.tensor(cifar_train_set.targets).cuda()

mean, std = train_input.mean(), train_input.std()
train_input.sub_(mean).div_(std)

print(torch.cuda.get_device_name() if torch.cuda.is_available() else 'sin GPU??')

class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size = kernel_size, padding = (kernel_size - 1) // 2)
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
        # la conexion residual va ANTES del ultimo relu
        if self.skip_connections:
            y = y + x
        return F.relu(y)

class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10,
                 skip_connections = True, batch_normalization = True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size = kernel_size, stride=2, padding = (kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.batch_normalization = batch_normalization
        self.resnet_blocks = nn.Sequential(
            *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
              for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.batch_normalization:
            x = self.bn(x)
        x = F.relu(x)
        x = self.resnet_blocks(x)
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)

def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization).cuda()
    criterion = nn.CrossEntropyLoss().cuda()
    monitored_parameters = [b.conv1.weight for b in model.resnet_blocks]
    stats = torch.zeros(30, 100).cuda()
    for n in range(100):
        loss = criterion(model(train_input[n:n+1]), train_targets[n:n+1])
        model.zero_grad()
        loss.backward()
        for d in range(30):
            stats[d, n] = monitored_parameters[d].grad.norm()
    return stats

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
for s, b, c in [(True, True, 'k'), (True, False, 'b'), (False, True, 'g'), (False, False, 'r')]:
    ax.plot(get_stats(s, b).mean(1).cpu().numpy(), c, label = 'skip=%r bn=%r' % (s, b))
ax.set_xlabel('profundidad')
ax.set_ylabel('norma del gradiente')
ax.legend()
plt.show()

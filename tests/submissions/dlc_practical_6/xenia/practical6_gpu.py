# run on the cluster: sbatch job.sh
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

device = torch.device('cuda')
torch.backends.cudnn.benchmark = True

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.tensor(cifar.data, dtype=torch.float32, device=device).permute(0, 3, 1, 2).contiguous()
train_targets = torch.tensor(cifar.targets, device='cuda')
train_input = (train_input - train_input.mean()) / train_input.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        pad = (kernel_size - 1) // 2
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=pad)
        self.norm1 = nn.BatchNorm2d(nb_channels) if batch_normalization else (lambda t: t)
        self.norm2 = nn.BatchNorm2d(nb_channels) if batch_normalization else (lambda t: t)
        self.shortcut = (lambda t: t) if skip_connections else (lambda t: torch.zeros_like(t))

    def forward(self, x):
        h = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(h)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
        self.norm = nn.BatchNorm2d(nb_channels) if batch_normalization else (lambda t: t)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)))
        x = self.resnet_blocks(x)
        return self.fc(F.avg_pool2d(x, 16).flatten(1))


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization).to(device)
    criterion = nn.CrossEntropyLoss().to(device)
    weights = [b.conv1.weight for b in model.resnet_blocks]
    stats = torch.empty(30, 100, device='cuda')
    for n in range(100):
        model.zero_grad()
        criterion(model(train_input[n:n + 1]), train_targets[n:n + 1]).backward()
        stats[:, n] = torch.stack([w.grad.norm() for w in weights])
    torch.cuda.synchronize() if torch.cuda.is_available() else None
    return stats.cpu()


for skip, bn, fmt in ((1, 1, '-'), (1, 0, '--'), (0, 1, '-.'), (0, 0, ':')):
    avg = torch.mean(get_stats(skip == 1, bn == 1), dim=1)
    plt.plot(torch.arange(1, 31), avg, fmt, label='skip=%d bn=%d' % (skip, bn))
plt.yscale('log')
plt.xlabel('depth')
plt.ylabel('gradient norm')
plt.legend()
plt.savefig('practical6.png')

# Henrik, 2023
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt

ds = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
inp = torch.from_numpy(ds.data).permute(0, 3, 1, 2).float()
tgt = torch.tensor(ds.targets)
inp = (inp - inp.mean()) / inp.std()

class ResNetBlock(nn.Module):
  def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
    super().__init__()
    self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
    self.bn1 = nn.BatchNorm2d(nb_channels)
    self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
    self.bn2 = nn.BatchNorm2d(nb_channels)
    self.skip_connections = skip_connections
    self.batch_normalization = batch_normalization

  def forward(self, x):
    y = self.conv1(x)
    if self.batch_normalization:
      y = self.bn1(y)
    y = F.relu(y)
    y = self.conv2(y)
    if self.batch_normalization:
      y = self.bn2(y)
    if self.skip_connections:
      y = y + x
    return F.relu(y)

class ResNet(nn.Module):
  def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
               skip_connections=True, batch_normalization=True):
    super().__init__()
    self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size - 1) // 2)
    self.bn = nn.BatchNorm2d(nb_channels)
    self.resnet_blocks = nn.Sequential(
      *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
        for _ in range(nb_residual_blocks)))
    self.fc = nn.Linear(nb_channels, nb_classes)

  def forward(self, x):
    x = F.relu(self.bn(self.conv(x)))
    x = self.resnet_blocks(x)
    return self.fc(F.avg_pool2d(x, 16).view(x.size(0), -1))

def get_stats(skip_connections, batch_normalization):
  m = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
  ws = [b.conv1.weight for b in m.resnet_blocks]
  res = []
  for n in range(100):
    g = torch.autograd.grad(F.cross_entropy(m(inp[n:n+1]), tgt[n:n+1]), ws)
    res.append([float(w.norm()) for w in g])
  return torch.tensor(res).T

fig, ax = plt.subplots()
for skip in (True, False):
  for bn in (True, False):
    s = get_stats(skip, bn)
    ax.plot(s.std(1), label=f'{skip}-{bn}')
ax.set_yscale('log')
ax.set_ylabel('norm of the gradient')
ax.set_xlabel('depth')
ax.legend(title='skip-bn')
plt.show()

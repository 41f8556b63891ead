import torch, torchvision
import torch.nn as nn
import torch.nn.functional as F
import matplotlib.pyplot as plt

torch.set_default_dtype(torch.float32)

Data = torchvision.datasets.CIFAR10("./data/cifar10/", train=True, download=True)
TrainX = torch.from_numpy(Data.data).permute(0, 3, 1, 2).float()
TrainY = torch.tensor(Data.targets)
TrainX = (TrainX - TrainX.mean()) / TrainX.std()
del Data

class ResnetBlock(nn.Module):
  def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
    super().__init__()
    self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size//2)
    self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size//2)
    self.bn1 = nn.BatchNorm2d(nb_channels)
    self.bn2 = nn.BatchNorm2d(nb_channels)
    self.flags = (skip_connections, batch_normalization)

  def forward(self, x):
    skip, bn = self.flags
    y = self.conv1(x)
    if bn: y = self.bn1(y)
    y = self.conv2(torch.relu(y))
    if bn: y = self.bn2(y)
    if skip: y = y + x
    return torch.relu(y)

class Resnet(nn.Module):
  def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
    super().__init__()
    self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=kernel_size//2)
    self.bn = nn.BatchNorm2d(nb_channels)
    self.resnet_blocks = nn.Sequential()
    for i in range(nb_residual_blocks):
      self.resnet_blocks.add_module("block%d" % i, ResnetBlock(nb_channels, kernel_size, skip_connections, batch_normalization))
    self.fc = nn.Linear(nb_channels, nb_classes)

  def forward(self, x):
    x = torch.relu(self.bn(self.conv(x)))
    x = self.resnet_blocks(x)
    return self.fc(F.avg_pool2d(x, 16)[:, :, 0, 0])

def Get_Stats(skip_connections, batch_normalization):
  Model = Resnet(30, 10, 3, 10, skip_connections, batch_normalization)
  Weights = [b.conv1.weight for b in Model.resnet_blocks]
  Stats = torch.empty(30, 100)
  for n in range(100):
    Model.zero_grad()
    Loss = F.cross_entropy(Model(TrainX[n:n+1]), TrainY[n:n+1])
    Loss.backward()
    for d in range(30):
      Stats[d, n] = Weights[d].grad.norm()
  return Stats

Curves = {}
for skip in [0, 1]:
  for bn in [0, 1]:
    Curves["skip %d bn %d" % (skip, bn)] = Get_Stats(bool(skip), bool(bn)).mean(1)

# linear axis did not show anything, hence two figures
for scale in ["linear", "log"]:
  plt.figure()
  for name in Curves:
    plt.plot(range(1, 31), Curves[name], label=name)
  plt.yscale(scale)
  plt.xlabel("Depth")
  plt.ylabel("Gradient norm")
  plt.legend()
plt.show()

import torch
import matplotlib.pyplot as plt
from torch.nn import functional as F
from torch import nn, Tensor
from torchvision import datasets

######################## DATA ########################
train_set = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
data = torch.from_numpy(train_set.data)
data = torch.einsum('nhwc->nchw', data).float()
cible = Tensor(train_set.targets).long()
m = data.mean(); s = data.std()
data = (data - m) / s
# on garde que 1000 images ca suffit largement
data, cible = data[:1000], cible[:1000]

######################## RESEAU ########################
class ResNetBlock(nn.Module):
  def __init__(self, nb_channels, kernel_size, skip_connections = True, batch_normalization = True):
    super().__init__()
    self.skip_connections = skip_connections
    self.batch_normalization = batch_normalization
    self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
    self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size=kernel_size, padding=(kernel_size-1)//2)
    self.bn1 = nn.BatchNorm2d(nb_channels)
    self.bn2 = nn.BatchNorm2d(nb_channels)

  def forward(self, x):
    if self.batch_normalization:
      y = F.relu(self.bn1.forward(self.conv1.forward(x)))
      y = self.bn2.forward(self.conv2.forward(y))
    else:
      y = F.relu(self.conv1.forward(x))
      y = self.conv2.forward(y)
    if self.skip_connections:
      y = y + x
    return F.relu(y)

class ResNet(nn.Module):
  def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10,
               skip_connections = True, batch_normalization = True):
    super().__init__()
    self.conv = nn.Conv2d(3, nb_channels, kernel_size=kernel_size, stride=2, padding=(kernel_size-1)//2)
    self.bn = nn.BatchNorm2d(nb_channels)
    self.batch_normalization = batch_normalization
    self.resnet_blocks = nn.Sequential(
      *(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for _ in range(nb_residual_blocks)))
    self.fc = nn.Linear(nb_channels, nb_classes)

  def forward(self, x):
    x = self.conv(x)
    if self.batch_normalization: x = self.bn(x)
    x = F.relu(x)
    x = self.resnet_blocks.forward(x)
    x = F.avg_pool2d(x, 16).view(x.size(0), -1)
    x = self.fc(x)
    return x

######################## STATS ########################
def get_stats(skip_connections, batch_normalization):
  model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
  # cross entropy = log softmax puis NLL
  logsoftmax, nll = nn.LogSoftmax(dim=1), nn.NLLLoss()
  res = []
  for n in range(100):
    model.zero_grad()
    sortie = model.forward(data[n].view(1, 3, 32, 32))
    perte = nll(logsoftmax(sortie), cible[n].view(1))
    perte.backward()
    res.append(torch.stack([b.conv1.weight.grad.data.norm() for b in model.resnet_blocks]).view(-1, 1))
  return torch.cat(res, 1)

######################## GRAPHE ########################
fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
prof = list(range(30))
ax.plot(prof, get_stats(False, False).mean(1).tolist(), label='rien')
ax.plot(prof, get_stats(False, True).mean(1).tolist(), label='bn')
ax.plot(prof, get_stats(True, False).mean(1).tolist(), label='skip')
ax.plot(prof, get_stats(True, True).mean(1).tolist(), label='skip + bn')
ax.legend()
ax.set_xlabel('profondeur'); ax.set_ylabel('norme')
plt.show()

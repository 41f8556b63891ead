#!/usr/bin/env python
# coding: utf-8

# # Practical 6
# Vera K., SCIPER on Moodle

# In[1]:


get_ipython().run_line_magic('matplotlib', 'inline')
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import datasets
import matplotlib.pyplot as plt


# In[2]:


cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
train_input = torch.from_numpy(cifar.data).permute(0, 3, 1, 2).float()
train_targets = torch.tensor(cifar.targets)
train_input = (train_input - train_input.mean()) / train_input.std()
train_input.shape


# ## The block

# In[7]:


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
        y = F.relu(y)
        return y


# In[8]:


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
        x = F.avg_pool2d(x, 16).view(x.size(0), -1)
        return self.fc(x)


# In[11]:


def get_stats(skip_connections, batch_normalization):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    params = [b.conv1.weight for b in model.resnet_blocks]
    stats = torch.empty(30, 100)
    for n in range(100):
        loss = F.cross_entropy(model(train_input[n:n+1]), train_targets[n:n+1])
        model.zero_grad()
        loss.backward()
        for d in range(30):
            stats[d, n] = params[d].grad.norm()
    return stats

get_ipython().run_line_magic('time', 'get_stats(True, True).shape')


# In[13]:


for skip in (False, True):
    for bn in (False, True):
        plt.plot(get_stats(skip, bn).mean(1), label=f'{skip}, {bn}')
plt.yscale('log')
plt.legend(title='skip, bn')
plt.show()

# -*- coding: latin-1 -*-
# TP n°6 : étude de la norme du gradient en fonction de la profondeur
# Élève : Ugo D.
import torch
from torch import nn
from torchvision import datasets
import matplotlib.pyplot as plt
F = nn.functional

cifar = datasets.CIFAR10('./data/cifar10/', train=True, download=True)
entrees = torch.from_numpy(cifar.data).movedim(3, 1).float()   # N x 3 x 32 x 32
classes = torch.tensor(cifar.targets)
entrees = (entrees - entrees.mean()) / entrees.std()

class ResNetBlock(nn.Module):
	def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
		super().__init__()
		self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
		self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size-1)//2)
		self.bns = nn.ModuleList([nn.BatchNorm2d(nb_channels) for _ in range(2)])
		self.skip, self.bn = skip_connections, batch_normalization

	def forward(self, x):
		y = x
		for i, conv in enumerate([self.conv1, self.conv2]):
			y = conv(y)
			if self.bn:
				y = self.bns[i](y)
			# la somme se fait juste avant le dernier ReLU
			if self.skip and i == 1:
				y = y + x
			y = F.relu(y)
		return y

class ResNet(nn.Module):
	def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True, batch_normalization=True):
		super().__init__()
		self.conv = nn.Conv2d(3, nb_channels, kernel_size, stride=2, padding=(kernel_size-1)//2)
		self.bn = nn.BatchNorm2d(nb_channels)
		self.drapeau = batch_normalization
		self.resnet_blocks = nn.Sequential(*[ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for _ in range(nb_residual_blocks)])
		self.fc = nn.Linear(nb_channels, nb_classes)

	def forward(self, x):
		x = self.conv(x)
		if self.drapeau:
			x = self.bn(x)
		x = self.resnet_blocks(F.relu(x))
		x = F.avg_pool2d(x, 16).view(x.size(0), -1)
		return self.fc(x)

def get_stats(skip_connections, batch_normalization, nb_samples=100):
	modele = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
	surveilles = [b.conv1.weight for b in modele.resnet_blocks]
	res = torch.empty(30, nb_samples)
	for n in range(nb_samples):
		for p in surveilles:
			if p.grad is not None:
				p.grad.zero_()
		F.cross_entropy(modele(entrees[n:n+1]), classes[n:n+1]).backward()
		for d, p in enumerate(surveilles):
			res[d, n] = p.grad.norm()
	return res

fig, ax = plt.subplots(1, 1, figsize=(6, 4))
ax.set_title('Norme du gradient selon la profondeur (échelle log)')
for s in [False, True]:
	for b in [False, True]:
		stats = get_stats(s, b)
		ax.semilogy(stats.mean(1).numpy(), label=('avec' if s else 'sans') + ' raccourci / ' + ('avec' if b else 'sans') + ' BN')
ax.legend(fontsize=7)
fig.savefig('tp6.pdf', bbox_inches='tight')

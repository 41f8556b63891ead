import torch, matplotlib.pyplot as plt
from torch import nn
from torch.nn import functional as F
from torchvision import datasets

# embryo
cifar_train_set = datasets.CIFAR10('./data/cifar10/', train = True, download = True)
train_input = torch.from_numpy(cifar_train_set.data).transpose(3, 1).transpose(2, 3).float()
train_targets = torch.tensor(cifar_train_set.targets, dtype = torch.int64)
train_input.sub_(train_input.mean()).div_(train_input.std())

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
		if self.batch_normalization: y = self.bn1(y)
		y = F.relu(y)
		y = self.conv2(y)
		if self.batch_normalization: y = self.bn2(y)
		if self.skip_connections: y = y + x
		y = F.relu(y)
		return y

class ResNet(nn.Module):
	def __init__(self, nb_residual_blocks, nb_channels, kernel_size = 3, nb_classes = 10, skip_connections = True, batch_normalization = True):
		super().__init__()
		self.batch_normalization = batch_normalization
		self.conv = nn.Conv2d(3, nb_channels, kernel_size = kernel_size, stride=4, padding = (kernel_size - 1) // 2)
		self.bn = nn.BatchNorm2d(nb_channels)
		self.resnet_blocks = nn.Sequential(*(ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization) for _ in range(nb_residual_blocks)))
		self.fc = nn.Linear(nb_channels, nb_classes)

	def forward(self, x):
		x = self.conv(x)
		if self.batch_normalization: x = self.bn(x)
		x = F.relu(x)
		x = self.resnet_blocks(x)
		x = F.avg_pool2d(x, 8).view(x.size(0), -1)
		x = self.fc(x)
		return x

def get_stats(skip_connections, batch_normalization):
	model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
	model.eval()  # batch norm does not work with a single sample
	criterion = nn.CrossEntropyLoss()
	monitored_parameters = [ b.conv1.weight for b in model.resnet_blocks ]
	result = torch.empty(len(monitored_parameters), 100)
	for n in range(100):
		loss = criterion(model(train_input[n:n+1]), train_targets[n:n+1])
		model.zero_grad()
		loss.backward()
		for d, p in enumerate(monitored_parameters): result[d, n] = p.grad.norm()
	return result

fig = plt.figure()
ax = fig.add_subplot(1, 1, 1)
ax.set_yscale('log')
for s, b in [ (True, True), (True, False), (False, True), (False, False) ]:
	ax.plot(get_stats(s, b).mean(1), label = 'skip=' + str(s) + ' bn=' + str(b))
ax.legend(frameon = False)
plt.show()

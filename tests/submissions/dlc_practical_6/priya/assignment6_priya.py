# Practical 6 -- gradient norms with hooks
#
# Instead of reading p.grad I catch the input of conv1 and the gradient arriving at its output
# and build the weight gradient myself: dL/dW[o, c, k] = sum_p dL/dy[o, p] * unfold(x)[c, k, p]

import torch
from torch import nn
import torch.nn.functional as F
import torchvision
import matplotlib.pyplot as plt

trainset = torchvision.datasets.CIFAR10(root='./data/cifar10/', train=True, download=True)
inputs = torch.Tensor(trainset.data).permute(0, 3, 1, 2)
labels = torch.LongTensor(trainset.targets)
inputs = (inputs - inputs.mean()) / inputs.std()


class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections, batch_normalization):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.use_skip = skip_connections
        self.use_bn = batch_normalization

    def forward(self, x):
        z = self.conv1(x)
        z = self.bn1(z) if self.use_bn else z
        z = self.conv2(z.clamp(min=0))
        z = self.bn2(z) if self.use_bn else z
        z = z + x if self.use_skip else z
        return z.clamp(min=0)


class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10,
                 skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=(kernel_size - 1) // 2)
        self.bn = nn.BatchNorm2d(nb_channels)
        self.use_bn = batch_normalization
        self.resnet_blocks = nn.Sequential(*[
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)])
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        x = self.conv(x)
        if self.use_bn:
            x = self.bn(x)
        x = self.resnet_blocks(F.relu(x))
        return self.fc(x.mean([2, 3]))


def get_stats(skip_connections, batch_normalization, nb_samples=100):
    model = ResNet(30, 10, 3, 10, skip_connections, batch_normalization)
    seen, norms = {}, torch.zeros(30, nb_samples)
    current = 0

    def remember(module, args, output):
        seen[module] = F.unfold(args[0].detach(), module.kernel_size, padding=module.padding)

    def make_backward(depth):
        def backward(module, grad_input, grad_output):
            g = grad_output[0].flatten(2)                             # 1 x C_out x P
            per_sample = torch.einsum('nop,nkp->nok', g, seen[module])
            norms[depth, current] = per_sample.flatten(1).norm(dim=1)[0]
        return backward

    handles = []
    for depth, block in enumerate(model.resnet_blocks):
        handles.append(block.conv1.register_forward_hook(remember))
        handles.append(block.conv1.register_full_backward_hook(make_backward(depth)))

    for current in range(nb_samples):
        loss = F.cross_entropy(model(inputs[current:current + 1]), labels[current:current + 1])
        loss.backward()      # .grad accumulates but nobody reads it
    for h in handles:
        h.remove()
    return norms


plt.figure(1)
for sc in False, True:
    for bn in False, True:
        st = get_stats(sc, bn)
        plt.semilogy(range(30), st.mean(1), ['s', 'o'][sc] + ['--', '-'][bn], ms=3, label=f'{sc=}, {bn=}')
plt.legend(); plt.xlabel('Depth'); plt.ylabel('Gradient norm')
plt.show()

import torch
from torch import nn
import torch.nn.functional as F


class MyBatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, eps=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("var", torch.ones(1, channels, 1, 1))
        self.momentum, self.eps = momentum, eps

    def forward(self, x):
        if self.training:
            mean = x.mean(dim=(0, 2, 3), keepdim=True)
            var = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
            with torch.no_grad():
                self.mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.var.mul_(1 - self.momentum).add_(self.momentum * var)
        else:
            mean, var = self.mean, self.var
        return self.gamma * (x - mean) / torch.sqrt(var + self.eps) + self.beta


class ConvBN(nn.Module):
    def __init__(self, cin, cout, bias):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1, bias=bias)
        self.norm = MyBatchNorm(cout)

    def forward(self, x):
        return self.norm(self.conv(x))


class ProcessingBN(nn.Module):
    def __init__(self, input_shape, num_filters, bias=False, **ignored):
        super().__init__()
        self.first = ConvBN(input_shape[1], num_filters, bias)
        self.second = ConvBN(num_filters, num_filters, bias)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))))


class ProcessingRes(ProcessingBN):
    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class ReductionBN(ProcessingBN):
    def __init__(self, reduction_factor=2, **settings):
        super().__init__(**settings)
        self.factor = reduction_factor

    def forward(self, x):
        return F.relu(self.second(F.avg_pool2d(F.relu(self.first(x)), self.factor)))


class ConvolutionalNetwork(nn.Module):
    def __init__(self, input_shape, num_output_classes, num_filters, num_blocks_per_stage, num_stages, use_bias=False,
                 block_type="bn"):
        super().__init__()
        if block_type == "bn":
            processing = ProcessingBN
        elif block_type == "residual":
            processing = ProcessingRes
        else:
            raise ValueError(block_type)
        shape = (1, num_filters, 0, 0)
        layers = [nn.Conv2d(input_shape[1], num_filters, 3, padding=1, bias=use_bias), nn.BatchNorm2d(num_filters), nn.LeakyReLU()]
        for stage in range(num_stages):
            layers += [processing(input_shape=shape, num_filters=num_filters, bias=use_bias) for _ in range(num_blocks_per_stage)]
            layers.append(ReductionBN(input_shape=shape, num_filters=num_filters, bias=True, reduction_factor=2))
        self.features = nn.Sequential(*layers)
        self.classify = nn.Linear(num_filters, num_output_classes)

    def forward(self, x):
        return self.classify(self.features(x).mean(dim=(2, 3)))

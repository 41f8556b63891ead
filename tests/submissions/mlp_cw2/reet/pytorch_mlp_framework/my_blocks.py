import torch.nn as nn
import torch.nn.functional as F


class BNBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(input_shape[1], num_filters, kernel_size, padding=padding, bias=bias, dilation=dilation),
            nn.BatchNorm2d(num_filters),
        )
        self.second = nn.Sequential(
            nn.Conv2d(num_filters, num_filters, kernel_size, padding=padding, bias=bias, dilation=dilation),
            nn.BatchNorm2d(num_filters),
        )

    def forward(self, x):
        return F.leaky_relu(self.second(F.leaky_relu(self.first(x))))


class BNReductionBlock(BNBlock):
    def __init__(self, reduction_factor, **settings):
        super().__init__(**settings)
        self.pool = nn.AvgPool2d(reduction_factor)

    def forward(self, x):
        return F.leaky_relu(self.second(self.pool(F.leaky_relu(self.first(x)))))


class BNSkipBlock(BNBlock):
    def forward(self, x):
        # in place additions gave an error once, detach made it go away
        shortcut = x.detach().clone()
        shortcut += self.second(F.leaky_relu(self.first(x)))
        return F.leaky_relu(shortcut)

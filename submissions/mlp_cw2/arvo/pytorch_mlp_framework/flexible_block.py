import torch
import torch.nn as nn
import torch.nn.functional as F


class FlexibleBlock(nn.Module):
    # both kinds of blocks in one: without a reduction_factor it keeps the size
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation, reduction_factor=None, skip=False):
        super(FlexibleBlock, self).__init__()
        self.reduction_factor = reduction_factor
        self.skip = skip
        self.conv_a = nn.Conv2d(input_shape[1], num_filters, kernel_size, padding=padding, bias=bias, dilation=dilation)
        self.conv_b = nn.Conv2d(num_filters, num_filters, kernel_size, padding=padding, bias=bias, dilation=dilation)
        self.norm_a = nn.BatchNorm2d(32)
        self.norm_b = nn.BatchNorm2d(32)
        print(self.forward(torch.zeros(input_shape)).shape)

    def forward(self, x):
        out = F.leaky_relu(self.norm_a(self.conv_a(x)))
        if self.reduction_factor is not None:
            out = F.avg_pool2d(out, self.reduction_factor)
        out = self.norm_b(self.conv_b(out))
        if self.skip and self.reduction_factor is None:
            out = out + x
        return F.leaky_relu(out)

"""Fixes for VGG_38."""
import torch.nn as nn
import torch.nn.functional as F
from pytorch_mlp_framework.model_architectures import ConvolutionalProcessingBlock, ConvolutionalDimensionalityReductionBlock


class NormalisedBlock(ConvolutionalProcessingBlock):
    def build_module(self):
        super().build_module()
        for i in (0, 1):
            self.layer_dict[f"norm{i}"] = nn.BatchNorm2d(self.num_filters)

    def inner(self, x):
        x = self.layer_dict["norm0"](self.layer_dict["conv_0"](x))
        return self.layer_dict["norm1"](self.layer_dict["conv_1"](F.leaky_relu(x)))

    def forward(self, x):
        return F.leaky_relu(self.inner(x))


class SkipBlock(NormalisedBlock):
    def forward(self, x):
        return x + F.leaky_relu(self.inner(x))


class NormalisedReduction(ConvolutionalDimensionalityReductionBlock):
    def build_module(self):
        super().build_module()
        for i in (0, 1):
            self.layer_dict[f"norm{i}"] = nn.BatchNorm2d(self.num_filters)

    def forward(self, x):
        x = F.leaky_relu(self.layer_dict["norm0"](self.layer_dict["conv_0"](x)))
        x = F.avg_pool2d(x, self.reduction_factor)
        return F.leaky_relu(self.layer_dict["norm1"](self.layer_dict["conv_1"](x)))

"""The reference: blocks with batch normalization, blocks with an identity shortcut too, and the four networks."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from .. import given
from ..provided.mlp_framework_given.model_architectures import (
    ConvolutionalDimensionalityReductionBlock,
    ConvolutionalProcessingBlock,
)


class BatchNormBlock(ConvolutionalProcessingBlock):
    """Batch normalization after each convolution."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        super().build_module()
        self.layer_dict["bn_0"] = nn.BatchNorm2d(self.num_filters)
        self.layer_dict["bn_1"] = nn.BatchNorm2d(self.num_filters)

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H × W."""
        out = F.leaky_relu(self.layer_dict["bn_0"](self.layer_dict["conv_0"](x)))
        return F.leaky_relu(self.layer_dict["bn_1"](self.layer_dict["conv_1"](out)))


class BatchNormReductionBlock(ConvolutionalDimensionalityReductionBlock):
    """Batch normalization after each convolution, average pooling between them."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        super().build_module()
        self.layer_dict["bn_0"] = nn.BatchNorm2d(self.num_filters)
        self.layer_dict["bn_1"] = nn.BatchNorm2d(self.num_filters)

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H/r × W/r."""
        out = F.leaky_relu(self.layer_dict["bn_0"](self.layer_dict["conv_0"](x)))
        out = F.avg_pool2d(out, self.reduction_factor)
        return F.leaky_relu(self.layer_dict["bn_1"](self.layer_dict["conv_1"](out)))


class ResidualBlock(BatchNormBlock):
    """Batch normalization, and the block's input added before the last activation (He et al., 2016)."""

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H × W, with C equal to num_filters."""
        out = F.leaky_relu(self.layer_dict["bn_0"](self.layer_dict["conv_0"](x)))
        return F.leaky_relu(self.layer_dict["bn_1"](self.layer_dict["conv_1"](out)) + x)


def mean_absolute_gradients(network: nn.Module) -> tuple[list[float], list[str]]:
    """What `plot_grad_flow` collects after a backward pass: a value and a name for every parameter but the biases."""
    kept = [(name, parameter.grad) for name, parameter in network.named_parameters() if "bias" not in name]
    return [float(grad.abs().mean()) for _, grad in kept if grad is not None], [name for name, _ in kept]


NETWORKS = given.NETWORKS | {
    "VGG_38 BN": given.vgg(5, BatchNormBlock, BatchNormReductionBlock),
    "VGG_38 BN + RC": given.vgg(5, ResidualBlock, BatchNormReductionBlock),
}


def gradients(network: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """The gradient of the mean cross-entropy for every parameter, in training mode."""
    network.train()
    network.zero_grad()
    loss: Tensor = F.cross_entropy(network(images), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    return {name: part.grad.clone() for name, part in network.named_parameters() if part.grad is not None}

"""The given blocks, and the network that is built from them.

As in the course's framework, a block is built by running it once on zeros of `input_shape` (N × C × H × W), and
keeps its layers in `layer_dict`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _Block(nn.Module):
    """What all blocks share: their settings, and building themselves."""

    def __init__(
        self,
        input_shape: tuple[int, ...],
        num_filters: int,
        kernel_size: int,
        padding: int,
        bias: bool,
        dilation: int,
        reduction_factor: int = 1,
    ) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.reduction_factor = reduction_factor
        self.build_module()

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        self.layer_dict = nn.ModuleDict()

    def convolution(self, channels: int) -> nn.Conv2d:
        """A convolution from `channels` to `num_filters` maps of the same size."""
        return nn.Conv2d(
            in_channels=channels,
            out_channels=self.num_filters,
            kernel_size=self.kernel_size,
            stride=1,
            padding=self.padding,
            dilation=self.dilation,
            bias=self.bias,
        )


class EmptyBlock(_Block):
    """Gives its input back."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        self.layer_dict = nn.ModuleDict({"Identity": nn.Identity()})

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to the same."""
        result: Tensor = self.layer_dict["Identity"](x)
        return result


class EntryConvolutionalBlock(_Block):
    """Convolution, batch normalization, leaky ReLU."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        channels = self.input_shape[1]
        self.layer_dict = nn.ModuleDict(
            {"conv_0": self.convolution(channels), "bn_0": nn.BatchNorm2d(self.num_filters)}
        )

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H × W."""
        return F.leaky_relu(self.layer_dict["bn_0"](self.layer_dict["conv_0"](x)))


class ConvolutionalProcessingBlock(_Block):
    """Two convolutions, each with leaky ReLU: nothing here keeps the gradient alive."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        channels = self.input_shape[1]
        self.layer_dict = nn.ModuleDict(
            {"conv_0": self.convolution(channels), "conv_1": self.convolution(self.num_filters)}
        )

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H × W."""
        out = F.leaky_relu(self.layer_dict["conv_0"](x))
        return F.leaky_relu(self.layer_dict["conv_1"](out))


class ConvolutionalDimensionalityReductionBlock(_Block):
    """As the processing block, with average pooling by `reduction_factor` between the convolutions."""

    def build_module(self) -> None:
        """Make the layers in `layer_dict`."""
        channels = self.input_shape[1]
        self.layer_dict = nn.ModuleDict(
            {"conv_0": self.convolution(channels), "conv_1": self.convolution(self.num_filters)}
        )

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W to N × num_filters × H/r × W/r."""
        out = F.leaky_relu(self.layer_dict["conv_0"](x))
        out = F.avg_pool2d(out, self.reduction_factor)
        return F.leaky_relu(self.layer_dict["conv_1"](out))


class ConvolutionalNetwork(nn.Module):
    """Entry block, stages of processing blocks that each end with a reduction block, pooling, linear layer.

    `VGG_08` has 3 stages of 0 processing blocks, `VGG_38` 3 stages of 5.
    """

    def __init__(  # noqa: PLR0913 - the framework's signature
        self,
        input_shape: tuple[int, ...],
        num_output_classes: int,
        num_filters: int,
        num_blocks_per_stage: int,
        num_stages: int,
        use_bias: bool = False,
        processing_block_type: Any = ConvolutionalProcessingBlock,
        dimensionality_reduction_block_type: Any = ConvolutionalDimensionalityReductionBlock,
    ) -> None:
        super().__init__()
        self.input_shape = input_shape
        self.num_output_classes = num_output_classes
        self.num_filters = num_filters
        self.num_blocks_per_stage = num_blocks_per_stage
        self.num_stages = num_stages
        self.use_bias = use_bias
        self.processing_block_type = processing_block_type
        self.dimensionality_reduction_block_type = dimensionality_reduction_block_type
        self.build_module()

    def build_module(self) -> None:
        """Make the blocks in order, each for the shape that the one before gives."""
        shared: dict[str, Any] = {"num_filters": self.num_filters, "kernel_size": 3, "padding": 1, "dilation": 1}
        self.layer_dict = nn.ModuleDict()
        out = torch.zeros(self.input_shape)

        def add(name: str, block_type: Any, **settings: Any) -> Tensor:
            self.layer_dict[name] = block_type(input_shape=out.shape, **shared, **settings)
            result: Tensor = self.layer_dict[name](out)
            return result

        out = add("input_conv", EntryConvolutionalBlock, bias=self.use_bias)
        for stage in range(self.num_stages):
            for block in range(self.num_blocks_per_stage):
                out = add(f"block_{stage}_{block}", self.processing_block_type, bias=self.use_bias)
            out = add(
                f"reduction_block_{stage}", self.dimensionality_reduction_block_type, bias=True, reduction_factor=2
            )
        out = F.avg_pool2d(out, out.shape[-1])
        self.logit_linear_layer = nn.Linear(out.flatten(1).shape[1], self.num_output_classes)

    def forward(self, x: Tensor) -> Tensor:
        """N × C × H × W images to N × num_output_classes logits."""
        out = x
        for block in self.layer_dict.values():
            out = block(out)
        out = F.avg_pool2d(out, out.shape[-1])
        logits: Tensor = self.logit_linear_layer(out.flatten(1))
        return logits

    def reset_parameters(self) -> None:
        """Draw the weights of all layers again."""
        for part in self.modules():
            if isinstance(part, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                part.reset_parameters()

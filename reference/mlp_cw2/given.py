"""The two networks that the coursework gives, from our own writing of the given classes."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from .provided.mlp_framework_given.model_architectures import (
    ConvolutionalDimensionalityReductionBlock,
    ConvolutionalNetwork,
    ConvolutionalProcessingBlock,
)

Make = Callable[[tuple[int, ...], int, int], ConvolutionalNetwork]


def vgg(blocks: int, processing: type[nn.Module], reduction: type[nn.Module]) -> Make:
    """A network of 3 stages of `blocks` blocks, as a function of input shape, number of classes and of filters."""
    return lambda shape, classes, filters: ConvolutionalNetwork(
        shape, classes, filters, blocks, 3, False, processing, reduction
    )


NETWORKS: dict[str, Make] = {
    "VGG_08": vgg(0, ConvolutionalProcessingBlock, ConvolutionalDimensionalityReductionBlock),
    "VGG_38": vgg(5, ConvolutionalProcessingBlock, ConvolutionalDimensionalityReductionBlock),
}

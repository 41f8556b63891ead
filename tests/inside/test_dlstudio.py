"""The stand-in for DLStudio: its public names are there, its skip blocks work."""

from __future__ import annotations

import pytest
import torch

from grader.inside.standins.dlstudio import DLStudio, SkipBlock, _Finder


@pytest.mark.parametrize(("channels", "downsample"), [((4, 4), False), ((4, 8), False), ((4, 8), True), ((4, 6), True)])
def test_a_skip_block_adds_its_input_where_dlstudio_does(channels, downsample):
    x = torch.randn(2, channels[0], 8, 8)

    y = SkipBlock(*channels, downsample=downsample)(x)

    assert y.shape == (2, channels[1], 4 if downsample else 8, 4 if downsample else 8)


def test_a_block_that_halves_the_size_of_as_many_channels_adds_nothing():
    torch.manual_seed(1)
    x, block = torch.randn(2, 4, 8, 8), SkipBlock(4, 4, downsample=True)
    with torch.no_grad():
        for convolution in (block.convo1, block.convo2):
            torch.nn.init.zeros_(convolution.weight)

    assert torch.equal(block(x), block(2 * x))


@pytest.mark.parametrize("size", [32, 64])
def test_bmenet_classifies_images_of_both_sizes(size):
    settings = DLStudio(classes=("boat", "cake", "couch", "dog", "motorcycle"), batch_size=4)

    network = DLStudio.SkipConnections(dl_studio=settings).BMEnet(settings, skip_connections=True, depth=2)

    assert network(torch.randn(2, 3, size, size)).shape == (2, 5)
    assert settings.batch_size == 4


def test_other_parts_can_be_named_and_say_that_they_are_absent_when_they_are_made():
    assert DLStudio.DetectAndLocalize.__name__ == "DetectAndLocalize"
    with pytest.raises(NotImplementedError, match="only a part of DLStudio"):
        DLStudio.DetectAndLocalize(dl_studio=None)


def test_the_modules_of_dlstudio_are_served_and_no_others():
    finder = _Finder()

    module = finder.create_module(finder.find_spec("DLStudio.DLStudio", None))

    assert module.DLStudio is DLStudio
    assert finder.find_spec("DLStudioExtras", None) is None

"""What to do about each difference between a student's `get_mlp` or `get_cnn` and the described network."""

from __future__ import annotations

OTHER_ACTIVATIONS = ("Sigmoid", "Tanh", "LeakyReLU", "GELU", "ELU", "SiLU", "SELU", "ReLU6", "Hardtanh", "PReLU")
HINTS = (
    ("no biases", "keep the biases"),
    ("is used", "make a new layer for each place: a module that is used twice has one set of weights"),
    ("Linear 256 → 256 and the ReLU", "four hidden layers of 256: one from the image, and three from 256 to 256"),
    (
        "Conv2d 64 → 64, kernel 5, stride 1, padding 2 and the ReLU",
        "four 5 × 5 convolutions, each with its ReLU: 1 → 32 → 64 → 64 → 128 channels",
    ),
    (
        "and the ReLU behind it",
        "count the layers again: those of the handout's list, each with its ReLU, and no others",
    ),
    *((f"found {name}", "use nn.ReLU") for name in OTHER_ACTIVATIONS),
    ("ReLU is missing", "put a ReLU behind every layer but the last"),
    ("ReLU is not asked for", "the last layer's outputs are logits: no ReLU behind it"),
    ("Softmax", "return logits: the cross-entropy applies the softmax itself"),
    ("Dropout", "leave out what the exercise does not ask for"),
    ("BatchNorm", "leave out what the exercise does not ask for"),
    ("AdaptiveAvgPool2d", "nn.AdaptiveAvgPool2d(1) averages over each whole channel, whatever the image's size"),
    ("no bias", "keep the biases"),
    ("found Linear 256 → ", "the last layer has 10 logits"),
    ("found Linear 128", "the last layer takes one average for each of the 128 channels"),
    ("found Linear", "every hidden layer is 256 wide"),
    ("found Conv2d", "the channels are 1 → 32 → 64 → 64 → 128, and 10 in the end"),
    ("expected kernel 5", "the kernels are 5 × 5, with padding=2"),
    ("expected stride", "the second and the fourth convolution have stride=2, the others 1"),
    ("expected padding", "a 5 × 5 kernel keeps the size with padding=2"),
    ("an output of", "end with nn.Flatten(): one row of 10 logits for each image"),
    ("has no attribute", "what forward uses has to be made in __init__ under the same name"),
    ("shapes cannot be multiplied", "flatten the image first: the first layer takes image_size ** 2 numbers"),
    ("raises", "make the network and run it on torch.zeros(2, 1, image_size, image_size)"),
)

"""Layers in NumPy, forward and backward, in the style of CS231n's second assignment."""

from grader import Assignment, Criterion, HandIn
from grader.checks import integers, normal, same_as_reference, uniform

from .hidden import solution

AFFINE = same_as_reference(
    "affine_forward(x, w, b) -> out, cache",
    "affine_backward(dout, cache) -> dx, dw, db",
    reference=solution,
    cases=[
        {"x": normal(4, 6), "w": normal(6, 5), "b": normal(5), "dout": normal(4, 5)},
        {"x": normal(3, 2, 4, 5), "w": normal(40, 7), "b": normal(7), "dout": normal(3, 7)},
        {"x": normal(1, 3), "w": normal(3, 2), "b": normal(2), "dout": normal(1, 2)},
    ],
)
RELU = same_as_reference(
    "relu_forward(x) -> out, cache",
    "relu_backward(dout, cache) -> dx",
    reference=solution,
    cases=[{"x": normal(5, 7), "dout": normal(5, 7)}, {"x": normal(2, 3, 4, 4), "dout": normal(2, 3, 4, 4)}],
)
BATCH = {"x": normal(12, 5, scale=3, shift=1), "gamma": normal(5), "beta": normal(5)}
BATCHNORM = same_as_reference(
    "batchnorm_forward(x, gamma, beta, bn_param) -> out, cache",
    "batchnorm_backward(dout, cache) -> dx, dgamma, dbeta",
    reference=solution,
    cases=[
        BATCH | {"bn_param": {"mode": "train"}, "dout": normal(12, 5)},
        BATCH | {"bn_param": {"mode": "train", "momentum": 0.8, "eps": 1e-3}, "dout": normal(12, 5)},
        BATCH | {"x": normal(9, 5, scale=0.01), "bn_param": {"mode": "train"}, "dout": normal(9, 5)},
        BATCH | {"bn_param": {"mode": "test", "running_mean": normal(5), "running_var": uniform(5, low=0.01, high=4)}},
    ],
)
SCORES = ((6, 4, 1), (9, 10, 3), (5, 3, 2000))
SOFTMAX = same_as_reference(
    "softmax_loss(x, y) -> loss, dx",
    reference=solution,
    cases=[{"x": normal(n, c, scale=s), "y": integers(n, below=c)} for n, c, s in SCORES],
)
ASSIGNMENT = Assignment(
    title="Layers in NumPy",
    course="Deep learning",
    rubric=[
        Criterion("affine_forward", "Affine layer, forward", 2, AFFINE["affine_forward"]),
        Criterion("affine_backward", "Affine layer, backward", 3, AFFINE["affine_backward"]),
        Criterion("relu_forward", "ReLU, forward", 1, RELU["relu_forward"]),
        Criterion("relu_backward", "ReLU, backward", 1, RELU["relu_backward"]),
        Criterion("batchnorm_forward", "Batch normalization, forward", 4, BATCHNORM["batchnorm_forward"]),
        Criterion("batchnorm_backward", "Batch normalization, backward", 5, BATCHNORM["batchnorm_backward"]),
        Criterion("softmax_loss", "Softmax loss and its gradient", 4, SOFTMAX),
    ],
    code="definitions",
    hand_in=[HandIn("layers.py", ("layers.py", "*.ipynb"))],
)

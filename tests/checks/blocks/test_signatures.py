"""By what a file is known that defines what a signature names."""

from __future__ import annotations

import json
import re

import pytest

from grader.checks.blocks.signatures import signature

PATTERN = signature("distances(x, y) -> d").pattern


@pytest.mark.parametrize(
    "text",
    [
        "def distances(x, y):\n    return x - y\n",
        "class distances:\n    pass\n",
        "distances = lambda x, y: x - y\n",
        "import numpy as np\ndistances = np.vectorize(lambda x, y: x - y)\n",
        "distances = (lambda f: f)(lambda x, y: x - y)\n",
        "from functools import partial\ndistances = partial(power, 2)\n",
        "distances = jax.jit(plain)\n",
    ],
)
def test_a_definition_is_known_whichever_way_it_is_written(text):
    assert re.search(PATTERN, text)
    assert re.search(PATTERN, json.dumps({"cells": [{"cell_type": "code", "source": [text]}]}))


@pytest.mark.parametrize(
    "text",
    [
        "from arrays import distances\ndistances = distances(a, b)\n",
        "plot(distances=lambda x: x)\n",
        "    distances = lambda x: x\n",
        "if distances == lambda_: pass\n",
        "distances = sorted(pairs, key=lambda pair: pair[1])\n",
        "my_distances = lambda x: x\n",
        "distances = np.zeros(3)\n",
    ],
)
def test_what_only_uses_the_name_defines_nothing(text):
    assert not re.search(PATTERN, text)

"""What a training script may be started with is read from the script."""

from __future__ import annotations

import pytest

from grader.inside.command_lines import choices

PLAIN, DEEP = "(Block, Reduction)", "(DeepBlock, Reduction)"
TABLES = {
    "compared": "if args.block_type == 'plain': made = Block\nelif 'deep' == args.block_type: made = DeepBlock",
    "a dictionary": f"kinds = {{'plain': {PLAIN}, 'deep': {DEEP}}}\nmade = kinds[args.block_type]",
    "dict with names": f"kinds = dict(plain={PLAIN}, deep={DEEP})\nmade = kinds[args.block_type]",
    "dict of pairs": f"kinds = dict([('plain', {PLAIN}), ('deep', {DEEP})])\nmade = kinds[args.block_type]",
    "entries": f"kinds = {{}}\nkinds['plain'] = {PLAIN}\nkinds['deep'] = {DEEP}\nmade = kinds[args.block_type]",
    "cases": "match args.block_type:\n    case 'plain': made = Block\n    case 'deep': made = DeepBlock",
    "an option": "parser.add_argument('--block_type', choices=['plain', 'deep'])",
}


@pytest.mark.parametrize("form", TABLES)
def test_choices_are_read_from_every_form_of_table(form):
    assert list(choices(TABLES[form], "block_type")) == ["plain", "deep"]


def test_plain_settings_are_no_choices():
    text = "settings = dict(lr=0.1, seed=args.seed)\nlog['epoch'] = epoch\nnet = make(args.block_type)"

    assert list(choices(text, "block_type")) == []

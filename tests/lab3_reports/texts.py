"""Paragraphs of made-up reports on the lab, some 100 words each, by name, from `paragraphs.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

TEXTS = tomllib.loads(Path(__file__).with_name("paragraphs.toml").read_text("utf-8"))
(
    INTRODUCTION,
    DATA,
    FFNET_RESULT,
    RESNET_RESULT,
    HISTOGRAMS_FFNET,
    HISTOGRAMS_RESNET,
    STRUCTURE,
    WHY_RESNET,
    WHY_RELU,
    CONCLUSION,
    MORE,
    REFERENCES,
    SUMMARY,
    CODE,
) = TEXTS.values()

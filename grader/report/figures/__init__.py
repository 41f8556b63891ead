"""Figures as SVG: axes, curves, bars, matrices, all in one style."""

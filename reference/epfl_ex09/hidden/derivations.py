"""The derivations of problems 2 and 3, as the feedback shows them: what for, and how it comes about."""

from __future__ import annotations

Derivation = dict[str, str]

OPTIMIZERS: Derivation = {
    "values stored": "Adam keeps m and v for each parameter, 2 values; SGDM keeps m, 1 value. The step counter t is "
    "one number for all parameters together.",
    "SGDM, m": "m(t) = β m(t−1) + c with m(0) = 0 is a geometric series: m(t) = c (1 + β + … + β^(t−1)) = "
    "c (1 − β^t) / (1 − β).",
    "SGDM, w": "w(t) = −η (m(1) + … + m(t)) = −η c / (1 − β) · (t − β (1 − β^t) / (1 − β)). It is proportional to c.",
    "Adam, m and v": "m(t) = (1 − β₁) c (1 + β₁ + … + β₁^(t−1)) = c (1 − β₁^t), and in the same way "
    "v(t) = c² (1 − β₂^t).",
    "Adam, corrected": "The bias correction divides just that away: m̂(t) = c and v̂(t) = c² for every t ≥ 1.",
    "Adam, w": "Each step is η m̂ / √v̂ = η c / |c| = η, so w(t) = −η t. It does not depend on c > 0.",
}
WIDTHS: Derivation = {
    "output width": "The padded input has W + 2P elements; the first window needs K of them, each further one S more: "
    "W_out = ⌊(W + 2P − K) / S⌋ + 1.",
    "smallest input": "W_out windows cover (W_out − 1) S + K elements, of which 2P are padding: "
    "W = (W_out − 1) S + K − 2P. Up to S − 1 further elements give the same output.",
    "receptive field": "Start with R = 1 behind the last layer and go backwards: R ← (R − 1) S + K for each layer. "
    "Padding adds elements at the edges and does not change how many inputs an output sees.",
    "without recurrence": "R = 1 + Σ (K_l − 1) · S_1 · … · S_(l−1), the sum over the layers l = 1 … L.",
}

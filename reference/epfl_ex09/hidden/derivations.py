"""The derivations of problems 2 and 3, as the feedback shows them: the results, and how each comes about."""

from __future__ import annotations

from grader import Exhibit, Formula, Table

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


def optimizers() -> tuple[Exhibit, ...]:
    """Problem 2."""
    return (
        Formula(
            "sgdm",
            "SGDM with a constant gradient",
            "After t steps from zero; w is proportional to c.",
            r"m_t = c\,\frac{1-\beta^t}{1-\beta}, \qquad "
            r"w_t = -\frac{\eta c}{1-\beta}\left(t - \beta\,\frac{1-\beta^t}{1-\beta}\right)",
        ),
        Formula(
            "adam",
            "Adam with a constant gradient",
            "After t steps from zero; w does not depend on c > 0.",
            r"m_t = c\,(1-\beta_1^t), \quad v_t = c^2\,(1-\beta_2^t), \quad \hat{m}_t = c, \quad "
            r"\hat{v}_t = c^2, \quad w_t = -\eta\, t",
        ),
        _table(OPTIMIZERS),
    )


def widths() -> tuple[Exhibit, ...]:
    """Problem 3."""
    return (
        Formula(
            "widths",
            "Output width and smallest input",
            "Kernel K, padding P, stride S.",
            r"W_{out} = \left\lfloor \frac{W + 2P - K}{S} \right\rfloor + 1, \qquad "
            r"W_{min} = (W_{out} - 1)\,S + K - 2P",
        ),
        Formula(
            "field",
            "Receptive field",
            "From the last layer L backwards; the field of the first layer's input is R.",
            r"R_L = 1, \qquad R_{l-1} = (R_l - 1)\,S_l + K_l, \qquad R = R_0",
        ),
        _table(WIDTHS),
    )


def _table(derived: Derivation) -> Table:
    return Table(
        "derivation", "The derivation", "How the right answers come about.", ("", "Derivation"), tuple(derived.items())
    )

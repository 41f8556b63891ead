"""Realistic, hostile and large inputs for reports."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np

from grader.finding import Finding, LineFigure, Outcome, Panel, Series, Table
from grader.grading import ExecutionSummary, Grade, HandMark, Mark
from grader.report import ClassReport, FeedbackReport, SubmissionFacts

WHEN = datetime(2026, 11, 1, 22, 10, tzinfo=UTC)
EXECUTION = ExecutionSummary("exited", "", 7.13, 6.94, 412, "cpu")
DIGEST = "9f2c41d077ab5b1e0a93c7e2d1f0aa5536b27bb1e9d3f4c8a7061524839fbc0d"


def norms(seed: int, exponent: tuple[float, float], zeros: tuple[int, ...] = ()) -> tuple[Series, Series]:
    """A student's and the reference's gradient norm over 30 blocks, from one power of ten to another."""
    noise = np.random.default_rng(seed)
    x = tuple(float(block) for block in range(1, 31))
    slope = (exponent[1] - exponent[0]) / 29
    truth = [0.0 if i in zeros else 10 ** (exponent[0] + slope * i) for i in range(30)]
    found = tuple(value * 10 ** noise.uniform(-0.12, 0.12) for value in truth)
    return Series("your network", x, found), Series("reference", x, tuple(truth), "reference")


def gradient_figure() -> LineFigure:
    """Four configurations, from 1e-28 to 1e3 with exact zeros."""
    return LineFigure(
        key="gradient_norm",
        title="Gradient norm against depth",
        caption="Mean norm of the gradient of each block's first convolution over 100 samples.",
        alt="Four panels of gradient norm against block 1 to 30, your network and the reference. With skip "
        "connections and batch normalisation both stay near 0.3. Without both they fall from 0.01 at block "
        "30 to 1e-28 at block 4 and are exactly zero before it.",
        x_label="residual block (1 = nearest the input)",
        y_label="mean gradient norm",
        panels=(
            Panel("skip connections and batch norm", norms(1, (-0.4, -0.6))),
            Panel("skip connections only", norms(2, (3.0, -0.3))),
            Panel("batch norm only", norms(3, (-1.2, -1.5))),
            Panel("neither", norms(4, (-30.0, -2.0), zeros=(0, 1))),
        ),
        log_y=True,
    )


def loss_figure() -> LineFigure:
    """One panel, four curves of 2,000 steps."""
    noise = np.random.default_rng(5)
    steps = tuple(float(i) for i in range(2_000))

    def curve(floor: float, rate: float) -> tuple[float, ...]:
        return tuple(floor + 2.3 * math.exp(-step * rate) + noise.uniform(0, 0.12) for step in steps)

    return LineFigure(
        key="loss",
        title="Training loss",
        caption="Cross-entropy of each step, for the two learning rates of the assignment.",
        alt="Training loss against step, 0 to 2,000. All four curves fall from 2.3; with learning rate "
        "0.001 yours and the reference's reach 0.3, with 0.0001 yours stays at 1.1, the reference's at 0.8.",
        x_label="step",
        y_label="cross-entropy",
        panels=(
            Panel(
                "",
                (
                    Series("yours, lr 0.001", steps, curve(0.3, 0.004)),
                    Series("yours, lr 0.0001", steps, curve(1.1, 0.002)),
                    Series("reference, lr 0.001", steps, curve(0.28, 0.004), "reference"),
                    Series("reference, lr 0.0001", steps, curve(0.8, 0.0015), "reference"),
                ),
            ),
        ),
    )


def layer_table() -> Table:
    return Table(
        "layers",
        "Layers of your network",
        "Counted by running your network once. A row in which the counts differ is marked.",
        ("Layer", "Kind", "Output shape", "Expected parameters", "Found", "Agreement"),
        (
            ("stem", "Conv2d", "1 × 64 × 32 × 32", "1,792", "1,792", "✓ same"),
            ("block 1–10", "SkipBlock", "1 × 64 × 32 × 32", "738,560", "738,560", "✓ same"),
            ("block 11–20", "SkipBlock", "1 × 128 × 16 × 16", "2,951,680", "2,951,680", "✓ same"),
            ("block 21–30", "SkipBlock", "1 × 256 × 8 × 8", "11,801,600", "11,211,520", "✗ differs"),
            ("head", "Linear", "1 × 10", "2,570", "2,570", "✓ same"),
        ),
    )


def mark(criterion: str, title: str, finding: Finding, possible: str = "2", earned: str | None = None) -> Mark:
    full = Decimal(possible)
    worth = {Outcome.PASSED: full, Outcome.FAILED: Decimal(0), Outcome.PARTIAL: full / 2}
    points = None if finding.outcome is Outcome.UNGRADED else Decimal(earned or worth[finding.outcome])
    return Mark(criterion, title, finding, points, full, manual=False)


def good_marks() -> tuple[Mark, ...]:
    """8 of 10 points."""
    return (
        mark(
            "stats_shape",
            "get_stats returns one norm per block and sample",
            Finding.passed("Expected shape (30, 100), found (30, 100); no NaN."),
        ),
        mark(
            "network",
            "Network of 30 SkipBlocks with 15,496,202 learnable parameters",
            Finding.partial(
                Fraction(1, 2),
                "Expected 15,496,202 learnable parameters, found 14,906,122 (blocks 21 to 30).",
                "Give the blocks 21 to 30 the second convolution, as in SkipBlock of the first 20.",
                details=(
                    "block 21: expected 2 convolutions, found 1",
                    "block 22 to 30: the same",
                    "All other layers agree with the assignment's description, in order and in shape.",
                ),
                exhibits=(layer_table(),),
            ),
            earned="1",
        ),
        mark(
            "gradient_norm",
            "Gradient norm against depth for four configurations",
            Finding.passed(
                "Expected the reference's norms within a factor of 1.5, found 118 of 120 within it (98.3 %).",
                exhibits=(gradient_figure(),),
            ),
        ),
        mark(
            "loss_curves",
            "Training falls as the reference's does",
            Finding.partial(
                Fraction(1, 2),
                "Expected a final loss below 0.95 with learning rate 0.0001, found 1.12.",
                "Call optimizer.zero_grad() before each backward pass: old gradients are still added.",
                exhibits=(loss_figure(),),
            ),
            earned="1",
        ),
        mark(
            "runs_as_script",
            "Runs as a script",
            Finding.passed("Expected exit status 0, found 0 after 7.1 seconds."),
        ),
    )


def feedback(**changes: object) -> FeedbackReport:
    grade = Grade("dlc_practical_6", "Nguyễn Thị Ánh", 1, WHEN, good_marks(), Decimal(0), EXECUTION)
    report = FeedbackReport(
        assignment_title="Going deeper: skip connections and the gradient norm",
        course="EE-559 Deep Learning",
        assignment_id="dlc_practical_6",
        grade=grade,
        submission=SubmissionFacts(
            "practical6.py",
            (("practical6.py", 7_312, DIGEST), ("report/figures/gradient_norms.png", 48_120, DIGEST[::-1])),
            ("1 file of the operating system was left out: .DS_Store",),
            DIGEST,
        ),
        environment=(
            ("Python", "3.11.2"),
            ("PyTorch", "2.13.0, CPU"),
            ("Limits", "120 s CPU, 600 s wall, 3,072 MiB, no network"),
            ("Seed", "20261101"),
        ),
        console_tail="".join(
            f"epoch {i:2d}  \x1b[32mloss {2.3 / i:.4f}\x1b[0m  acc {100 - 60 / i:.1f} %\n" for i in range(1, 16)
        ),
        batch_median=Decimal("7.5"),
        attachment=b'{"schema": 1}',
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def with_grade(report: FeedbackReport, **changes: object) -> FeedbackReport:
    return replace(report, grade=replace(report.grade, **changes))  # type: ignore[arg-type]


def marked_by_hand() -> FeedbackReport:
    """A criterion that only a person grades, and one whose points a person changed."""
    given = HandMark(
        "network",
        Decimal("1.5"),
        "Ada <b>Lovelace</b>",
        "the blocks are there, under another name",
        "2026-11-03T09:30:00Z",
        Decimal(1),
    )
    network = replace(good_marks()[1], points=Decimal("1.5"), by_hand=given)
    said = mark("clarity", "Clarity of the report", Finding.passed("marked by Grace on 2026-11-02: clear"), "1")
    clear = HandMark("clarity", Decimal(1), "Grace", "clear and short", "2026-11-02T10:00:00Z")
    return with_grade(feedback(), marks=(network, replace(said, manual=True, by_hand=clear)))


def ungraded_feedback() -> FeedbackReport:
    """8 of 10 so far, two criteria wait for a person."""
    waiting = (
        mark("observations", "Observations in the report", Finding.ungraded("A person grades this."), "1"),
        mark("memory", "Peak memory below 1,024 MiB", Finding.ungraded("The sandbox failed twice."), "1"),
    )
    full = tuple(mark(f"part_{i}", f"Part {i}", Finding.passed("As expected.")) for i in range(4))
    return with_grade(feedback(), marks=full + waiting)


def hostile_feedback() -> FeedbackReport:
    """Names, messages and output that try to break the page."""
    evil = "<script>alert(1)</script>{{7*7}}</title><img src=file:///etc/passwd> \u202eevil\u2066 \ud800\x00\x07"
    unbroken = "x" * 100_000
    figure = replace(loss_figure(), title=evil, caption="$\\frac{1}{0}$ 漢字 🎉 " + evil, x_label="$x_{", y_label=evil)
    series = (
        Series("", (1.0, 2.0, math.nan), (math.nan, math.inf, 1.0)),
        Series(evil, (1.0,), (-math.inf,), "reference"),
    )
    figure = replace(figure, panels=(Panel(evil, series), Panel("", series)))
    table = Table("t", evil, unbroken[:9_000], tuple("abcdefghijklmnop"), tuple((unbroken,) * 16 for _ in range(100)))
    failed = Finding.failed(evil + unbroken, unbroken, details=(evil, unbroken) * 50, exhibits=(figure, table))
    marks = (
        mark("evil", unbroken, failed),
        mark("empty", "", Finding.failed("")),
        mark(
            "names",
            "Trần Đức Ẩn, 张伟, محمد, 👩‍🚀",
            Finding.partial(Fraction(1, 3), "漢" * 5_000, "🎉" * 300),
        ),
    )
    return replace(
        with_grade(
            feedback(),
            student="李小龙 Nguyễn\nVăn Ẩn 🎉" + evil,
            marks=marks,
            execution=ExecutionSummary("", evil, 0, 0, 0, ""),
        ),
        assignment_title=evil + unbroken,
        course=unbroken,
        assignment_id="",
        submission=SubmissionFacts(
            None, ((unbroken, 0, ""), ("..\\\n/x\u202e.py", 1, "é")) * 200, (unbroken, evil), ""
        ),
        environment=((evil, unbroken),) * 5,
        console_tail=("[" + "#" * 5_000 + "\r") * 1_000 + ("line \x1b[31m" + "y" * 100_000 + "\n") * 60,
    )


def class_grade(index: int, noise: np.random.Generator) -> Grade:
    ability = float(noise.normal(0.75, 0.18))
    marks = []
    for i, title in enumerate(TITLES):
        share = max(0.0, min(1.0, round((ability + noise.normal(0, 0.2)) * 4) / 4))
        if i == 5 and index % 23 == 0:
            finding = Finding.ungraded("The sandbox failed twice: no memory left on the machine.")
        elif share == 1:
            finding = Finding.passed("As expected.")
        elif share == 0:
            finding = Finding.failed(f"Expected 10 outputs, found {noise.integers(2, 9)}.", "Read the assignment.")
        else:
            finding = Finding.partial(Fraction(share), f"Expected a loss below 0.9, found {1 + share / 10:.2f}.")
        points = None if finding.outcome is Outcome.UNGRADED else Decimal(str(round(2 * share, 2)))
        marks.append(Mark(f"criterion_{i}", title, finding, points, Decimal(2), manual=False))
    late = Decimal("0.5") if index % 17 == 0 else Decimal(0)
    return Grade(
        "dlc_practical_6",
        f"{NAMES[index % 20]} {SURNAMES[index % 23]}",
        1,
        WHEN,
        tuple(marks),
        late,
        replace(EXECUTION, cpu_s=round(float(noise.lognormal(2, 0.4)), 2), status=RAN[index % 25 == 3]),
    )


RAN = ("exited", "timed_out")


TITLES = (
    "Network of SkipBlocks",
    "Training falls as the reference's does",
    "Gradient norm against depth",
    "Accuracy on the test set",
    "Confusion matrix, counts and order",
    "Peak memory below 1,024 MiB",
    "Runs as a script",
)
NAMES = [
    "Ada",
    "Alan",
    "Grace",
    "Linus",
    "Barbara",
    "Donald",
    "Edsger",
    "Ngọc",
    "Žofia",
    "Øyvind",
    "José",
    "Ana",
    "Łukasz",
    "Çağla",
    "Siân",
    "Māra",
    "Ólafur",
    "Émile",
    "Priya",
    "Wei",
]
SURNAMES = [
    "Nguyễn",
    "García",
    "Müller",
    "Kowalski",
    "Novák",
    "Øster",
    "Şahin",
    "Silva",
    "Okafor",
    "Patel",
    "Zhang",
    "Tanaka",
    "Haddad",
    "Mensah",
    "Rossi",
    "Dubois",
    "Smith",
    "Jónsson",
    "Papadopoulos",
    "Ivanova",
    "Kim",
    "Ó’Brien",
    "Fernández-López",
]


def class_report(students: int = 200) -> ClassReport:
    noise = np.random.default_rng(7)
    grades = tuple(class_grade(i, noise) for i in range(students))
    return ClassReport("Going deeper: skip connections", "EE-559 Deep Learning", "dlc_practical_6", grades, DIGEST)

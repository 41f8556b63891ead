"""Whatever a script draws with matplotlib comes back as the numbers it handed over."""

from __future__ import annotations

from functools import cache
from textwrap import dedent

import pytest
from answering import Answer, Submission, answers, notebook

BEGIN = "import matplotlib.pyplot as plt\nimport numpy as np\n"
# Of matplotlib, all that takes long and is not watched.
PARTS = ("matplotlib.font_manager", "matplotlib.ticker", "matplotlib.patches", "matplotlib.image")
WITHOUT_PYPLOT = """
from matplotlib.figure import Figure
figure = Figure()
figure.subplots().plot([3, 4])
figure.savefig("a.png")
"""
WINDOW_FIRST = """
import matplotlib
matplotlib.use("Qt5Agg")
from matplotlib import pyplot as plt
plt.plot([1, 2])
plt.show()
"""
SCRIPTS = {
    "shown": """
        plt.plot([0, 1, 2], [3, 4, 5], label="first")
        plt.title("Norms"); plt.xlabel("depth"); plt.ylabel("norm"); plt.yscale("log")
        plt.show(block=True)
        """,
    "saved": 'plt.plot([1, 2])\nplt.savefig("a.png")\nimport os\nprint(os.path.getsize("a.png") > 1000)',
    "saved and cleared": """
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        figure.savefig("a.png")
        axes.clear()
        axes.plot([3, 4])
        figure.clf()
        figure.subplots().plot([5, 6])
        """,
    "LaTeX": """
        plt.rcParams.update({"text.usetex": True, "font.family": "serif"})
        plt.rc("text", usetex=True)
        plt.plot([1, 2])
        plt.title("$g_1$")
        plt.tight_layout()
        plt.savefig("a.png")
        """,
    "saved nowhere": """
        plt.plot([1, 2])
        plt.savefig("no such folder/a.png")
        plt.figure()
        plt.plot([3, 4])
        plt.gcf().savefig("/content/drive/MyDrive/a.pdf")
        """,
    "closed": "plt.plot([1, 2])\nplt.close()\nplt.plot([3, 4])\nplt.close('all')",
    "cleared": "plt.plot([1, 2])\nplt.clf()\nplt.plot([3, 4])\nplt.cla()\nplt.plot([5, 6])",
    "left": "plt.plot([1, 2])",
    "updated": "plt.plot([1, 2])\nplt.show()\nplt.plot([float('nan'), 4])\nplt.show()\nplt.show()",
    "panels": """
        figure, axes = plt.subplots(1, 2)
        axes[0].semilogy([1, 10]); axes[0].set_title("left")
        axes[1].plot([2, 3], label="b"); axes[1].legend()
        other = plt.figure()
        other.add_subplot().plot([4, 5])
        """,
    "legends": """
        plt.plot([1, 2]); plt.plot([3, 4]); plt.legend(["train", "valid"])
        figure, axes = plt.subplots(1, 2)
        axes[0].plot([5, 6]); axes[1].plot([7, 8]); figure.legend(["one", "two"])
        plt.figure()
        second, = plt.plot([9, 9]); plt.plot([8, 8], label="mine"); plt.legend([second], ["named"])
        """,
    "figure alone": """
        from matplotlib.figure import Figure
        figure = Figure()
        figure.subplots().loglog([1, 2], [3, 4])
        figure.savefig("a.png")
        """,
    "kinds": """
        plt.scatter([1, 2, 3], [4, 5, 6], label="points")
        plt.bar([0, 1], [7, 8], label="bars")
        plt.errorbar([1, 2], [9, 10], yerr=[1, 1])
        plt.errorbar([1, 2], [11, 12], yerr=[1, 1], capsize=3, label="with errors")
        plt.errorbar([1, 2], [13, 14], yerr=[1, 1], label="others")
        plt.stem([1, 2], [15, 16], label="stems")
        plt.fill_between([0, 1], [0, 0], [1, 1])
        plt.axhline(3)
        """,
    "tensors": """
        import torch
        plt.plot(torch.arange(3), torch.tensor([1.0, 2.0, 3.0]))
        plt.plot(["a", "b"], [1, 2])
        plt.imshow(np.zeros((4, 4)))
        """,
    "windows": """
        import matplotlib
        matplotlib.use("TkAgg")
        plt.ion()
        plt.plot([1, 2])
        plt.get_current_fig_manager().set_window_title("Norms")
        plt.draw()
        plt.pause(1000)
        plt.switch_backend("Qt5Agg")
        plt.figure()
        plt.plot([3, 4])
        plt.show(block=False)
        plt.waitforbuttonpress()
        plt.rcParams["backend"] = "TkAgg"
        plt.figure()
        plt.plot([5, 6])
        """,
    "styles": "plt.style.use('seaborn')\nplt.style.use(['ggplot', 'no-such-style'])\nplt.plot([1, 2])",
    "hostile": """
        class Bomb(str):
            def __str__(self): raise ValueError("no text")
        line, = plt.plot([1, 2])
        line.get_label = lambda: Bomb("x")
        plt.show()
        print("went on")
        """,
    "many": "for i in range(60):\n    plt.figure(); plt.plot([i, i]); plt.close()",
    "none": "print(plt.get_backend().lower())",
}


@cache
def scripts() -> dict[str, Submission]:
    cells = notebook("%matplotlib inline\n" + BEGIN, "plt.plot([1, 2])", "plt.plot([3, 4])")
    return {
        **{name: Submission(BEGIN + dedent(text), probes=()) for name, text in SCRIPTS.items()},
        "without pyplot": Submission(WITHOUT_PYPLOT, probes=()),
        "window first": Submission(WINDOW_FIRST, probes=()),
        "notebook": Submission({"a.ipynb": cells}, entry="a.ipynb", probes=()),
    }


@pytest.fixture(scope="module")
def asked() -> dict[str, Answer]:
    return answers(scripts())


def test_the_same_is_seen_where_scripts_have_to_import_matplotlib_first(asked: dict[str, Answer]):
    names = ("shown", "saved and cleared", "without pyplot", "window first")

    found = answers({name: scripts()[name] for name in names}, warm=PARTS)

    assert {name: found[name].curves for name in names} == {name: asked[name].curves for name in names}


def heights(answer: Answer) -> list[list[float]]:
    return [y for _, _, y in answer.curves]


@pytest.mark.parametrize("name", [*SCRIPTS, "notebook", "without pyplot", "window first"])
def test_drawing_raises_nothing(asked: dict[str, Answer], name: str):
    assert (asked[name].errors, asked[name].end) == ([], "exited")


def test_a_curve_comes_with_its_texts_and_scale(asked: dict[str, Answer]):
    assert asked["shown"].curves == [
        (
            {
                "figure": 0,
                "panel": 0,
                "title": "Norms",
                "x_label": "depth",
                "y_label": "norm",
                "y_scale": "log",
                "label": "first",
            },
            [0, 1, 2],
            [3, 4, 5],
        )
    ]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("saved", [[1, 2]]),
        ("saved and cleared", [[1, 2], [3, 4], [5, 6]]),
        ("closed", [[1, 2], [3, 4]]),
        ("cleared", [[1, 2], [3, 4], [5, 6]]),
        ("left", [[1, 2]]),
        ("figure alone", [[3, 4]]),
        ("without pyplot", [[3, 4]]),
        ("styles", [[1, 2]]),
        ("LaTeX", [[1, 2]]),
        ("saved nowhere", [[1, 2], [3, 4]]),
        ("windows", [[1, 2], [3, 4], [5, 6]]),
        ("window first", [[1, 2]]),
        ("notebook", [[1, 2], [3, 4]]),
        ("none", []),
    ],
)
def test_curves_are_kept_whatever_becomes_of_their_figure(
    asked: dict[str, Answer], name: str, wanted: list[list[float]]
):
    assert heights(asked[name]) == wanted


def test_a_figure_really_is_saved(asked: dict[str, Answer]):
    assert asked["saved"].console == "True\n"


def test_a_curve_that_is_shown_again_counts_once_even_with_gaps(asked: dict[str, Answer]):
    assert [len(y) for y in heights(asked["updated"])] == [2, 2]


def test_figures_and_panels_are_told_apart(asked: dict[str, Answer]):
    places = [(head["figure"], head["panel"], head["y_scale"], head["title"]) for head, _, _ in asked["panels"].curves]

    assert places == [(0, 0, "log", "left"), (0, 1, "linear", ""), (1, 0, "linear", "")]


def test_curves_are_called_what_a_legend_calls_them(asked: dict[str, Answer]):
    labels = [head["label"] for head, _, _ in asked["legends"].curves]

    assert labels == ["train", "valid", "one", "two", "named", "mine"]


def test_points_bars_and_error_bars_are_curves_too(asked: dict[str, Answer]):
    found = {head["label"]: (x, y) for head, x, y in asked["kinds"].curves}

    assert found["points"] == ([1, 2, 3], [4, 5, 6])
    assert found["bars"][1] == [7, 8]
    assert [9, 10] in heights(asked["kinds"])
    assert [found[name][1] for name in ("with errors", "others", "stems")] == [[11, 12], [13, 14], [15, 16]]
    assert [3, 3] in heights(asked["kinds"])


def test_tensors_and_categories_are_numbers(asked: dict[str, Answer]):
    assert heights(asked["tensors"]) == [[1, 2, 3], [1, 2]]


def test_a_figure_that_cannot_be_read_does_not_stop_the_script(asked: dict[str, Answer]):
    assert asked["hostile"].console == "went on\n"


def test_figures_are_limited_in_number(asked: dict[str, Answer]):
    assert len(asked["many"].curves) == 40

"""Lab 3: gradient vanishing and ResNet (EIE4122, PolyU): one report as PDF, judged by rules and by a person."""

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks.numbered_figures import figures_numbered
from grader.checks.quotes import form
from grader.checks.word_count import word_count

from . import histograms, investigations, notebook, report, structure, subjects

ASSIGNMENT = Assignment(
    title="Gradient vanishing and ResNet",
    course="EIE4122 Deep Learning and Deep Neural Networks, lab 3",
    rubric=[
        Criterion("pdf_only", "One PDF and nothing else", 5, report.check_pdf_only),
        Criterion("word_count", "1000 to 2000 words", 10, word_count(1000, 2000, report.report)),
        Criterion("histograms", "Histograms of bottom and upper layers, both networks", 15, histograms.check),
        Criterion("structure", "The structure of the ResNet", 10, structure.check),
        Criterion("figures_numbered", "Figures numbered and referred to", 5, figures_numbered(report.report)),
        Criterion("investigations", "Further investigations", 20, shows=investigations.show, guide=(
            "full: depths tried for both networks, with tanh and ReLU, told with numbers; limits that fit them; "
            "half: one network or one activation only, or limits told without what was tried; "
            "none: nothing beyond the notebook as it is given"
        )),
        Criterion("explains_resnet", "Why ResNet can be deep", 15, shows=subjects.resnet, guide=(
            "full: the skip path's identity in the product of derivatives, or the same in words, tied to the figures; "
            "half: skip connections named as the reason, not why they keep gradients from vanishing; "
            "none: no reason, or a wrong one"
        )),
        Criterion("explains_relu", "Why ReLU helps", 15, shows=subjects.relu, guide=(
            "full: derivative 1 for active units against tanh's saturation, and where it fails (dying units), as its "
            "own figures show; "
            "half: the derivative alone, or a claim that its own figures contradict; "
            "none: no reason, or a wrong one"
        )),
        Criterion("clarity", "Clarity of the report", 5, shows=form(report.report), guide=(
            "full: reads well, sections in order, figures that can be read and are explained; "
            "half: understandable with effort, or figures left unexplained; "
            "none: cannot be followed"
        )),
    ],
    probes=(notebook.MODELS,),
    entry={r"ff_?net|res_?net|FFNet|ResNet": 2, r"keras|tensorflow": 1},
    data=notebook.served,
    limits=Limits(cpu_s=90, wall_s=600, memory_mib=3072),
    documents=("*.pdf",),
    measured=investigations.exhibits,
    hand_in=[HandIn("", ("*.pdf",))],
    report_rules=("pdf_only", "word_count", "histograms", "structure", "figures_numbered"),
)  # fmt: skip

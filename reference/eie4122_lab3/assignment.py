"""Lab 3: gradient vanishing and ResNet (EIE4122, PolyU): one report as PDF, judged by rules and by a person."""

from grader import Assignment, Criterion, HandIn, Limits
from grader.checks import figures_numbered, figures_of_each, form, one_pdf
from grader.checks import words_counted as word_count

from . import histograms, notebook, report, structure
from .hidden import guides, investigations, subjects

ASSIGNMENT = Assignment(
    title="Gradient vanishing and ResNet",
    course="EIE4122 Deep Learning and Deep Neural Networks, lab 3",
    rubric=[
        Criterion("pdf_only", "One PDF and nothing else", 5, one_pdf(report.report, beside=(".ipynb",))),
        Criterion("word_count", "1000 to 2000 words", 10, word_count(1000, 2000, report.report)),
        Criterion(
            "histograms",
            "Histograms of bottom and upper layers, both networks",
            15,
            figures_of_each(report.report, histograms.WANTED),
        ),
        Criterion("structure", "The structure of the ResNet", 10, structure.check),
        Criterion("figures_numbered", "Figures numbered and referred to", 5, figures_numbered(report.report)),
        Criterion(
            "investigations", "Further investigations", 20, shows=investigations.show, guide=guides.INVESTIGATIONS
        ),
        Criterion("explains_resnet", "Why ResNet can be deep", 15, shows=subjects.resnet, guide=guides.EXPLAINS_RESNET),
        Criterion("explains_relu", "Why ReLU helps", 15, shows=subjects.relu, guide=guides.EXPLAINS_RELU),
        Criterion("clarity", "Clarity of the report", 5, shows=form(report.report), guide=guides.CLARITY),
    ],
    probes=(notebook.MODELS.probe,),
    entry={r"ff_?net|res_?net|FFNet|ResNet": 2, r"keras|tensorflow": 1},
    data=notebook.served,
    limits=Limits(cpu_s=90, wall_s=600, memory_mib=3072),
    documents=("*.pdf",),
    measured=investigations.exhibits,
    hand_in=[HandIn("", ("*.pdf",))],
    report_rules=("pdf_only", "word_count", "histograms", "structure", "figures_numbered"),
)

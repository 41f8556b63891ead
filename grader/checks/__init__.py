"""3  Evidence → Finding: checks that several assignments share. Each is pure and trusted.

Beside `grader` itself this is the only place that an assignment and its checks import from: the names below, and the
modules `each_sample`, `graph`, `operations`, `replay`, `silence`, `skips` and `watched`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from grader.checks.homes import HOMES, RENAMED

if TYPE_CHECKING:
    from grader.checks.blocks.activated import activated
    from grader.checks.blocks.checkpoints import Checkpoint
    from grader.checks.blocks.cut_offs import CutOffs, linear, steps
    from grader.checks.blocks.forbidden import forbidden
    from grader.checks.blocks.functions import same_as_reference
    from grader.checks.blocks.generated import not_copied, recognised, varied, well_formed
    from grader.checks.blocks.generated_text import generated_text
    from grader.checks.blocks.gradients import gradient_check
    from grader.checks.blocks.handed_arrays import measured_arrays
    from grader.checks.blocks.inputs import as_numpy, booleans, drawn, integers, lower_triangle, normal, uniform
    from grader.checks.blocks.invariants import (
        batch_independent,
        causal,
        deterministic_in_eval,
        masked_positions_ignored,
        permutation_equivariant,
        sums_to_one,
    )
    from grader.checks.blocks.module_blocks import same_module
    from grader.checks.blocks.predictions import Predictions
    from grader.checks.blocks.random_results import same_distribution
    from grader.checks.blocks.run_ends import final_value, seeds_present, steps_reached
    from grader.checks.blocks.run_logs import RunLogs
    from grader.checks.blocks.run_truth import claims_hold, consistent_runs
    from grader.checks.blocks.samples import Samples
    from grader.checks.blocks.speed import as_fast_as
    from grader.checks.blocks.step_blocks import Chain
    from grader.checks.blocks.steps import same_steps
    from grader.checks.blocks.structure import built_from, layers, parameters, same_shape
    from grader.checks.blocks.training_pictures import Pictures
    from grader.checks.blocks.trains import measure_training, trains
    from grader.checks.blocks.written import (
        cell_output,
        choice,
        expression,
        figure_has,
        notebook_text,
        number_near,
        words,
    )
    from grader.checks.chosen.as_accurate import as_accurate
    from grader.checks.chosen.chosen_network import USUAL_VALUES, ChosenNetwork
    from grader.checks.chosen.enough_layers import enough_layers
    from grader.checks.chosen.enough_skip_blocks import enough_skip_blocks
    from grader.checks.chosen.learns_at_each_rate import learns_at_each_rate
    from grader.checks.chosen.logits import logits
    from grader.checks.chosen.measured_at_rates import ReferenceVariant, measured_at_rates
    from grader.checks.chosen.network_structure import NetworkStructure
    from grader.checks.chosen.rate_results import RateResult
    from grader.checks.chosen.reference_reached import HeldOutBudget
    from grader.checks.chosen.stated_layers import layers_table, unsettled_layer_counts, wrong_layer_counts
    from grader.checks.chosen.trained_here import TrainedHere
    from grader.checks.convolutional.block_behaviour import POWER as BLOCKS_SHOWN
    from grader.checks.convolutional.block_behaviour import ROUNDING as FLOAT32_ROUNDING
    from grader.checks.convolutional.block_behaviour import BlockBehaviour, hidden_batch, watch_block
    from grader.checks.convolutional.block_hints import NORM_HINTS, SKIP_HINTS, WRONG_SUPER
    from grader.checks.convolutional.block_record import BlockRecord, block_record
    from grader.checks.convolutional.block_verdicts import BlockTask, adds_its_input, batch_normalised
    from grader.checks.each_sample import gradients_of_each
    from grader.checks.gradient_flow.flow_task import FlowTask
    from grader.checks.gradient_flow.judged_flow import plotted_gradients
    from grader.checks.gradient_flow.layer_gradients import MEAN_ABSOLUTE, LayerGradients, drawn_gradients
    from grader.checks.gradient_flow.layer_gradients import NORM as GRADIENT_NORM
    from grader.checks.graph import BlockCall, Graph, Normalised, block_calls, is_random, without_dropout
    from grader.checks.grid import picture_grid
    from grader.checks.handed_archive import archive_of_programs
    from grader.checks.hidden import hidden_statistics, hidden_weights
    from grader.checks.image_folders import ImagesError, ImageSource, TrainingImages, image_folder
    from grader.checks.intervals import Score
    from grader.checks.keras_models import KerasModels
    from grader.checks.layerwise.described_network import DescribedNetwork, network_as_described
    from grader.checks.layerwise.judged_network import JudgedNetwork, NetworkTask, judge_network
    from grader.checks.layerwise.layer_differences import causes as network_causes
    from grader.checks.layerwise.layer_differences import deviation_table, layer_table
    from grader.checks.layerwise.network_verdict import power_shown, wrong_network
    from grader.checks.learning import Knowledge, knowledge, unpacked
    from grader.checks.loaders.judged_loaders import data_loaders
    from grader.checks.loaders.loader_task import LoaderCall, LoaderTask, NormalisedSet
    from grader.checks.logged.doubts import straight_line
    from grader.checks.logged.epoch_tables import EpochTable, as_fractions, epoch_table, head_of
    from grader.checks.loops.judged_loop import training_loop
    from grader.checks.loops.loop_task import History, LoopTask
    from grader.checks.made import MadeNetwork, Pass, made_network
    from grader.checks.numbered_figures import figures_numbered, order_problems, without_words
    from grader.checks.operations import Network, Node, NotReplayable, UnknownOperation
    from grader.checks.plots import assigned, power_of_curve, rises, shows
    from grader.checks.power import Power, power_of_outputs, usual_rivals
    from grader.checks.power import power as power_of
    from grader.checks.power import together as powers_together
    from grader.checks.questions.answer_sheet import AnswerSheet
    from grader.checks.questions.right_answers import FunctionQuestion, right_answers
    from grader.checks.quotes import form, quoted, sentences_on
    from grader.checks.quotes import quotes as quotes_on
    from grader.checks.remade_network import AfterTraining, AsMade, after_training, as_made
    from grader.checks.reported.claimed_accuracies import ClaimedAccuracy, claimed_accuracies
    from grader.checks.reported.confusion_matrices import ShownMatrix, confusion_matrices
    from grader.checks.reported.figures_of_each import FigureKind, FiguresOfEach, FigureWords, figures_of_each
    from grader.checks.reported.layer_counts import LayerCount, layer_counts
    from grader.checks.reported.learning_rates import learning_rates, rate_words
    from grader.checks.reported.loss_curves import LossCurves, loss_curves
    from grader.checks.reported.matrix_of_each_rate import ClaimedResults, MatrixOfEachRate, matrix_of_each_rate
    from grader.checks.reported.one_pdf import one_pdf
    from grader.checks.reported.report_parts import captions_table, missing_captions, missing_code, numbering_problems
    from grader.checks.reported.subjects import ReportSubjects
    from grader.checks.scales import root_mean_square, unusual_factors, unusual_scales
    from grader.checks.spread import (
        CONFIDENCE,
        SAFETY,
        Accuracies,
        Spread,
        Tolerance,
        better_than_chance,
        measured,
        most_by_chance,
        spread_of,
    )
    from grader.checks.spread import largest as largest_deviation
    from grader.checks.spread import typical as typical_deviation
    from grader.checks.too_slow import MEND as TOO_SLOW_HINT
    from grader.checks.too_slow import too_slow as too_slow_here
    from grader.checks.usual_mistakes import Usual, usual_mistake
    from grader.checks.watched import HINT as OTHER_WHEN_RUN_HINT
    from grader.checks.watched import other_alone, other_in_call, other_when_run
    from grader.checks.word_count import word_count as words_counted
    from grader.collect.templates import lines_of as lines_of_code
    from grader.documents import (
        Caption,
        Described,
        Document,
        Labelled,
        Line,
        NumberTable,
        PageBox,
        Region,
        Sentence,
        UnreadableDocument,
        any_of,
        described_figures,
        labelled_figures,
        labelled_tables,
        numbers_in_pictures,
        other_reports,
        read_all,
        read_document,
        the_report,
        unread_reports,
        without_caption,
    )
    from grader.documents import LineRole as TextRole
    from grader.inside.budget import Budget as TrainingBudget
    from grader.inside.building import fill, hidden_parameter
    from grader.inside.loop_setting import samples as loop_samples
    from grader.inside.passes import set_mode
    from grader.inside.tracing import trace
    from grader.inside.training import FORWARD_AND_BACKWARD, Training, affordable
    from grader.intake.kinds import ARCHIVES, DATA, WEIGHTS
    from grader.intake.names import litter_root
    from grader.readings.fields import (
        Shapes,
        count,
        doubles,
        is_shape,
        mapping,
        mappings,
        number,
        numbers,
        own_arrays,
        rows,
        sequence,
        shapes,
        text,
        texts,
        vector,
    )

__all__ = [
    "ARCHIVES",
    "BLOCKS_SHOWN",
    "CONFIDENCE",
    "DATA",
    "FLOAT32_ROUNDING",
    "FORWARD_AND_BACKWARD",
    "GRADIENT_NORM",
    "MEAN_ABSOLUTE",
    "NORM_HINTS",
    "OTHER_WHEN_RUN_HINT",
    "SAFETY",
    "SKIP_HINTS",
    "TOO_SLOW_HINT",
    "USUAL_VALUES",
    "WEIGHTS",
    "WRONG_SUPER",
    "Accuracies",
    "AfterTraining",
    "AnswerSheet",
    "AsMade",
    "BlockBehaviour",
    "BlockCall",
    "BlockRecord",
    "BlockTask",
    "Caption",
    "Chain",
    "Checkpoint",
    "ChosenNetwork",
    "ClaimedAccuracy",
    "ClaimedResults",
    "CutOffs",
    "Described",
    "DescribedNetwork",
    "Document",
    "EpochTable",
    "FigureKind",
    "FigureWords",
    "FiguresOfEach",
    "FlowTask",
    "FunctionQuestion",
    "Graph",
    "HeldOutBudget",
    "History",
    "ImageSource",
    "ImagesError",
    "JudgedNetwork",
    "KerasModels",
    "Knowledge",
    "Labelled",
    "LayerCount",
    "LayerGradients",
    "Line",
    "LoaderCall",
    "LoaderTask",
    "LoopTask",
    "LossCurves",
    "MadeNetwork",
    "MatrixOfEachRate",
    "Network",
    "NetworkStructure",
    "NetworkTask",
    "Node",
    "Normalised",
    "NormalisedSet",
    "NotReplayable",
    "NumberTable",
    "PageBox",
    "Pass",
    "Pictures",
    "Power",
    "Predictions",
    "RateResult",
    "ReferenceVariant",
    "Region",
    "ReportSubjects",
    "RunLogs",
    "Samples",
    "Score",
    "Sentence",
    "Shapes",
    "ShownMatrix",
    "Spread",
    "TextRole",
    "Tolerance",
    "TrainedHere",
    "Training",
    "TrainingBudget",
    "TrainingImages",
    "UnknownOperation",
    "UnreadableDocument",
    "Usual",
    "activated",
    "adds_its_input",
    "affordable",
    "after_training",
    "any_of",
    "archive_of_programs",
    "as_accurate",
    "as_fast_as",
    "as_fractions",
    "as_made",
    "as_numpy",
    "assigned",
    "batch_independent",
    "batch_normalised",
    "better_than_chance",
    "block_calls",
    "block_record",
    "booleans",
    "built_from",
    "captions_table",
    "causal",
    "cell_output",
    "choice",
    "claimed_accuracies",
    "claims_hold",
    "confusion_matrices",
    "consistent_runs",
    "count",
    "data_loaders",
    "described_figures",
    "deterministic_in_eval",
    "deviation_table",
    "doubles",
    "drawn",
    "drawn_gradients",
    "enough_layers",
    "enough_skip_blocks",
    "epoch_table",
    "expression",
    "figure_has",
    "figures_numbered",
    "figures_of_each",
    "fill",
    "final_value",
    "forbidden",
    "form",
    "generated_text",
    "gradient_check",
    "gradients_of_each",
    "head_of",
    "hidden_batch",
    "hidden_parameter",
    "hidden_statistics",
    "hidden_weights",
    "image_folder",
    "integers",
    "is_random",
    "is_shape",
    "judge_network",
    "knowledge",
    "labelled_figures",
    "labelled_tables",
    "largest_deviation",
    "layer_counts",
    "layer_table",
    "layers",
    "layers_table",
    "learning_rates",
    "learns_at_each_rate",
    "linear",
    "lines_of_code",
    "litter_root",
    "logits",
    "loop_samples",
    "loss_curves",
    "lower_triangle",
    "made_network",
    "mapping",
    "mappings",
    "masked_positions_ignored",
    "matrix_of_each_rate",
    "measure_training",
    "measured",
    "measured_arrays",
    "measured_at_rates",
    "missing_captions",
    "missing_code",
    "most_by_chance",
    "network_as_described",
    "network_causes",
    "normal",
    "not_copied",
    "notebook_text",
    "number",
    "number_near",
    "numbering_problems",
    "numbers",
    "numbers_in_pictures",
    "one_pdf",
    "order_problems",
    "other_alone",
    "other_in_call",
    "other_reports",
    "other_when_run",
    "own_arrays",
    "parameters",
    "permutation_equivariant",
    "picture_grid",
    "plotted_gradients",
    "power_of",
    "power_of_curve",
    "power_of_outputs",
    "power_shown",
    "powers_together",
    "quoted",
    "quotes_on",
    "rate_words",
    "read_all",
    "read_document",
    "recognised",
    "right_answers",
    "rises",
    "root_mean_square",
    "rows",
    "same_as_reference",
    "same_distribution",
    "same_module",
    "same_shape",
    "same_steps",
    "seeds_present",
    "sentences_on",
    "sequence",
    "set_mode",
    "shapes",
    "shows",
    "spread_of",
    "steps",
    "steps_reached",
    "straight_line",
    "sums_to_one",
    "text",
    "texts",
    "the_report",
    "too_slow_here",
    "trace",
    "training_loop",
    "trains",
    "typical_deviation",
    "uniform",
    "unpacked",
    "unread_reports",
    "unsettled_layer_counts",
    "unusual_factors",
    "unusual_scales",
    "usual_mistake",
    "usual_rivals",
    "varied",
    "vector",
    "watch_block",
    "well_formed",
    "without_caption",
    "without_dropout",
    "without_words",
    "words",
    "words_counted",
    "wrong_layer_counts",
    "wrong_network",
]


def __getattr__(name: str) -> Any:
    if name in RENAMED:
        home, own = RENAMED[name]
        return getattr(import_module(home), own)
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'grader.checks' has no attribute {name!r}")

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from pytorch_mlp_framework.experiment_builder import ExperimentBuilder


class FlowExperiment(ExperimentBuilder):
    def plot_grad_flow(self, named_parameters):
        values, names = [], []
        for name, p in named_parameters:
            if p.grad is None or "bias" in name or "bn" in name or "norm" in name:
                continue
            values.append(float(p.grad.detach().abs().mean()))
            names.append(name.split("layer_dict.", 1)[-1].replace(".layer_dict", "").replace(".weight", ""))
        fig, ax = plt.subplots(figsize=(12, 4))
        ax.bar(range(len(values)), values)
        ax.set_yscale("log")
        ax.set_xticks(range(len(values)))
        ax.set_xticklabels(names, rotation=90)
        ax.set_ylabel("mean |grad|")
        fig.tight_layout()
        return plt

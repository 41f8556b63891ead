import os
import time

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import tqdm

from pytorch_mlp_framework.storage_utils import save_statistics

matplotlib.rcParams.update({'font.size': 8})


class ExperimentBuilder(nn.Module):
    def __init__(self, network_model, experiment_name, num_epochs, train_data, val_data,
                 test_data, weight_decay_coefficient, use_gpu, continue_from_epoch=-1):
        super(ExperimentBuilder, self).__init__()
        self.experiment_name = experiment_name
        self.model = network_model
        self.device = torch.device('cuda') if torch.cuda.is_available() and use_gpu else torch.device('cpu')
        self.model.to(self.device)
        self.model.reset_parameters()
        self.train_data = train_data
        self.val_data = val_data
        self.test_data = test_data
        self.num_epochs = num_epochs
        self.optimizer = optim.Adam(self.parameters(), amsgrad=False, weight_decay=weight_decay_coefficient)
        self.learning_rate_scheduler = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=num_epochs,
                                                                            eta_min=0.00002)
        self.experiment_folder = os.path.abspath(experiment_name)
        self.experiment_logs = os.path.abspath(os.path.join(self.experiment_folder, "result_outputs"))
        os.makedirs(self.experiment_logs, exist_ok=True)

    def plot_func_def(self, all_grads, layers):
        """
        Plots the average gradient of every layer
        """
        plt.plot(all_grads, alpha=0.3, color="b")
        plt.hlines(0, 0, len(all_grads) + 1, linewidth=1, color="k")
        plt.xticks(range(0, len(all_grads), 1), layers, rotation="vertical")
        plt.xlim(xmin=0, xmax=len(all_grads))
        plt.xlabel("Layers")
        plt.ylabel("Average Gradient")
        plt.title("Gradient flow")
        plt.grid(True)
        plt.tight_layout()

        return plt

    def plot_grad_flow(self, named_parameters):
        """
        Called after a backward pass, with the parameters of the model.
        """
        all_grads = []
        layers = []

        for n, p in named_parameters:
            if p.requires_grad:
                layers.append(n)
                all_grads.append(p.grad.abs().mean().item())

        plt = self.plot_func_def(all_grads, layers)

        return plt

    def run_train_iter(self, x, y):
        self.train()
        x, y = x.float().to(device=self.device), y.long().to(device=self.device)
        out = self.model.forward(x)
        loss = F.cross_entropy(input=out, target=y)
        self.optimizer.zero_grad()
        loss.backward()
        self.learning_rate_scheduler.step(epoch=self.current_epoch)
        self.optimizer.step()
        _, predicted = torch.max(out.data, 1)
        accuracy = np.mean(list(predicted.eq(y.data).cpu()))
        return loss.cpu().data.numpy(), accuracy

    def run_experiment(self):
        total_losses = {"train_acc": [], "train_loss": [], "val_acc": [], "val_loss": []}
        for epoch_idx in range(self.num_epochs):
            self.current_epoch = epoch_idx
            current = {"train_acc": [], "train_loss": [], "val_acc": [], "val_loss": []}
            with tqdm.tqdm(total=len(self.train_data)) as pbar:
                for x, y in self.train_data:
                    loss, accuracy = self.run_train_iter(x, y)
                    current["train_loss"].append(loss)
                    current["train_acc"].append(accuracy)
                    pbar.update(1)
            for key, value in current.items():
                total_losses[key].append(np.mean(value))
            save_statistics(experiment_log_dir=self.experiment_logs, filename='summary.csv', stats_dict=total_losses,
                            current_epoch=epoch_idx, continue_from_mode=epoch_idx > 0)
            figure = self.plot_grad_flow(self.model.named_parameters())
            figure.savefig(os.path.join(self.experiment_folder, "epoch{}.pdf".format(epoch_idx)))
        return total_losses

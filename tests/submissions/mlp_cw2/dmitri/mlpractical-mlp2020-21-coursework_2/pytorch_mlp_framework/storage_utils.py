import csv
import os


def save_statistics(experiment_log_dir, filename, stats_dict, current_epoch, continue_from_mode=False,
                    save_full_dict=False):
    path = os.path.join(experiment_log_dir, filename)
    with open(path, 'a' if continue_from_mode else 'w') as f:
        writer = csv.writer(f)
        if not continue_from_mode:
            writer.writerow(list(stats_dict.keys()))
        writer.writerow([value[current_epoch] for value in stats_dict.values()])
    return path

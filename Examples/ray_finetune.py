#!/usr/bin/env python3
"""A sweep of fine-tunings over learning rates and layers with Ray Tune.

usage: ray_finetune.py MODEL TRAIN VALIDATION OUTPUT [--epochs 20] [--at-once 2] [--cpus 1]

Each trial reports its epochs, and those that fall behind are stopped early. Each keeps its state in OUTPUT/trials after every epoch: the same
command again after a kill goes on with the trials that were not finished, each at its last whole epoch. OUTPUT is a folder that every machine
reaches. The best network is OUTPUT/best.rzoo.

Needs `pip install reszoo[ray] "ray[tune]"`.
"""

import argparse
import os
import shutil

import ray
from ray import tune
from ray.tune.schedulers import ASHAScheduler

import reszoo


def train(config):
    """One trial: a fine-tuning that goes on where an earlier one of the same settings was killed."""
    folder = os.path.join(config["output"], "trials")
    os.makedirs(folder, exist_ok=True)
    output = os.path.join(folder, f"{config['train'].replace(',', '+')}-{config['lr']:.2e}.rzoo")

    def report(epoch):
        tune.report({"epoch": epoch["epoch"], "accuracy": epoch["validation_top1"], "loss": epoch["validation_loss"], "output": output})

    reszoo.finetune(
        config["model"],
        config["data"],
        output=output,
        validation=config["validation"],
        on_epoch=report,
        resume=True,
        epochs=config["epochs"],
        train=config["train"],
        lr=config["lr"],
        threads=config["cpus"],
    )
    # The last report, also of a trial whose training was finished before the kill, and so has no epochs to report.
    accuracy = reszoo.evaluate(output, config["validation"], threads=config["cpus"])["top1"]
    tune.report({"epoch": config["epochs"], "accuracy": accuracy, "output": output})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "train", "validation", "output"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=2, help="trials that run at a time")
    parser.add_argument("--cpus", type=int, default=1, help="processors of each trial")
    arguments = parser.parse_args()

    ray.init(ignore_reinit_error=True)
    stages = sorted({name.split(".")[0] for name in reszoo.Model(arguments.model).nodes if name.startswith("layer")})
    space = {
        "model": arguments.model,
        "data": arguments.train,
        "validation": arguments.validation,
        "output": arguments.output,
        "epochs": arguments.epochs,
        "cpus": arguments.cpus,
        "lr": tune.grid_search([3e-4, 1e-3, 3e-3]),
        "train": tune.grid_search(["fc", f"{stages[-1]},fc"]),
    }
    trainable = tune.with_resources(train, {"cpu": arguments.cpus})
    sweep = os.path.join(arguments.output, "sweep")
    if tune.Tuner.can_restore(sweep):
        tuner = tune.Tuner.restore(sweep, trainable, resume_unfinished=True, restart_errored=True)
    else:
        tuner = tune.Tuner(
            trainable,
            param_space=space,
            tune_config=tune.TuneConfig(
                metric="accuracy",
                mode="max",
                max_concurrent_trials=arguments.at_once,
                scheduler=ASHAScheduler(time_attr="epoch", grace_period=3, max_t=arguments.epochs + 1),
            ),
            run_config=tune.RunConfig(name="sweep", storage_path=arguments.output),
        )
    results = tuner.fit()
    # Trials that were stopped early have no network.
    finished = [result for result in results if result.metrics and os.path.exists(result.metrics.get("output", ""))]
    best = max(finished, key=lambda result: result.metrics["accuracy"])
    shutil.copy(best.metrics["output"], os.path.join(arguments.output, "best.rzoo"))
    for result in results:
        print(result.config["train"], result.config["lr"], result.metrics.get("epoch"), result.metrics.get("accuracy"))
    print(f"best: {best.metrics['output']}, accuracy {best.metrics['accuracy']:.4f}")


if __name__ == "__main__":
    main()

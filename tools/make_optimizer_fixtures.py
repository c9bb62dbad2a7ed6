#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Fixtures/optimizers.json: what PyTorch's optimizers, and timm's Lamb, make of a few weights in some
steps, and the learning rates of PyTorch's schedulers. OptimizerTests and ScheduleTests read it. Gradients are in the file; the second
tensor is exempt from weight decay and has a tenth of the learning rate. The settings of a case have the names of the command line's
options.

usage: make_optimizer_fixtures.py"""
import json, os
import timm.optim
import torch

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/TrainingTests/Fixtures/optimizers.json")
SIZES, STEPS = (35, 7), 12
torch.manual_seed(1)
start = [torch.randn(n) for n in SIZES]
gradients = [[torch.randn(n) * (1 + s % 4) for n in SIZES] for s in range(STEPS)]


def argument(name, text):
    """An argument of PyTorch's for a setting as a text."""
    if name == "betas":
        return "betas", tuple(map(float, text.split(",")))
    if name in ("nesterov", "centered", "always-adapt"):
        return name.replace("-", "_"), text == "yes"
    return name, float(text)


def optimizer(case, groups):
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop,
            "lamb": lambda *a, **k: timm.optim.Lamb(*a, max_grad_norm=None, **k)}[case["rule"]]
    return make(groups, lr=case["rate"], **dict(argument(*s) for s in case["settings"].items()))


def run(case):
    weights = [torch.nn.Parameter(w.clone()) for w in start]
    groups = [{"params": weights[:1], "lr": case["rate"], "weight_decay": case["decay"]},
              {"params": weights[1:], "lr": case["rate"] / 10, "weight_decay": 0.0}]
    step, norms = optimizer(case, groups), []
    for gradient in gradients:
        for w, g in zip(weights, gradient):
            w.grad = g.clone()
        if case["clipping"]:
            norms.append(float(torch.nn.utils.clip_grad_norm_(weights, case["clipping"])))
        step.step()
    return dict(case, norms=norms, weights=[w.detach().tolist() for w in weights])


def rates(name, steps, per_epoch, warmup, make, settings={}, rate=1.0, by_epoch=False):
    """The rates of a scheduler that is stepped after every batch, or after every epoch."""
    w = torch.nn.Parameter(torch.zeros(1))
    opt = torch.optim.SGD([w], lr=rate)
    scheduler = make(opt)
    if warmup:
        linear = torch.optim.lr_scheduler.LinearLR(opt, start_factor=0.01, total_iters=warmup)
        scheduler = torch.optim.lr_scheduler.SequentialLR(opt, [linear, scheduler], milestones=[warmup])
    values = []
    for step in range(steps):
        values.append(opt.param_groups[0]["lr"])
        opt.step()
        if not by_epoch or (step + 1) % per_epoch == 0:
            scheduler.step()
    return {"name": name, "settings": settings, "rate": rate, "steps": steps, "per_epoch": per_epoch, "warmup": warmup, "rates": values}


def plateau(figures, higher, settings, rate=1.0):
    """The rates of ReduceLROnPlateau in each epoch, and after the last one."""
    w = torch.nn.Parameter(torch.zeros(1))
    opt = torch.optim.SGD([w], lr=rate)
    names = {"plateau-patience": "patience"}
    arguments = {names.get(k, k.replace("-", "_")): v if k == "threshold-mode" else int(v) if k in ("plateau-patience", "cooldown")
                 else float(v) for k, v in settings.items()}
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, "max" if higher else "min", **arguments)
    values = []
    for figure in figures:
        values.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step(figure)
    return {"settings": settings, "rate": rate, "figures": figures, "higher": higher, "rates": values + [opt.param_groups[0]["lr"]]}


base = {"rate": 0.1, "settings": {}, "decay": 0.0, "clipping": None}
plain, nesterov = {"momentum": "0"}, {"momentum": "0.9", "nesterov": "yes"}
cases = [run(dict(base, **case)) for case in (
    {"rule": "sgd", "settings": plain}, {"rule": "sgd", "settings": plain, "decay": 0.05},
    {"rule": "sgd", "settings": {"momentum": "0.9"}, "decay": 0.01}, {"rule": "sgd", "settings": nesterov, "decay": 0.01},
    {"rule": "sgd", "settings": {"momentum": "0.8"}, "clipping": 2.0},
    {"rule": "adam", "rate": 0.01}, {"rule": "adam", "rate": 0.01, "decay": 0.1}, {"rule": "adamw", "rate": 0.01, "decay": 0.1},
    {"rule": "adamw", "rate": 0.02, "decay": 0.3, "clipping": 1.0},
    {"rule": "adam", "rate": 0.01, "settings": {"betas": "0.8,0.95", "eps": "0.001"}},
    {"rule": "rmsprop", "rate": 0.01}, {"rule": "rmsprop", "rate": 0.01, "decay": 0.1, "settings": {"alpha": "0.9", "momentum": "0.9"}},
    {"rule": "rmsprop", "rate": 0.01, "settings": {"centered": "yes", "eps": "0.01"}},
    {"rule": "rmsprop", "rate": 0.01, "settings": {"centered": "yes", "momentum": "0.5"}, "decay": 0.02, "clipping": 1.0},
    {"rule": "lamb", "rate": 0.02}, {"rule": "lamb", "rate": 0.02, "decay": 0.1},
    {"rule": "lamb", "rate": 0.02, "decay": 0.1, "settings": {"betas": "0.8,0.95", "eps": "0.001", "always-adapt": "yes"}},
    {"rule": "lamb", "rate": 0.02, "decay": 0.3, "clipping": 1.0})]
lr = torch.optim.lr_scheduler
cyclic = lambda base, **settings: lambda o: lr.CyclicLR(o, base, 0.4, cycle_momentum=False, **settings)
schedules = [
    rates("constant", 8, 4, 5, lambda o: lr.ConstantLR(o, factor=1.0)),
    rates("step", 20, 3, 0, lambda o: lr.StepLR(o, 2, 0.5), {"step-epochs": "2", "gamma": "0.5"}, by_epoch=True),
    rates("multistep", 20, 4, 0, lambda o: lr.MultiStepLR(o, [1, 3], 0.1), {"milestones": "1,3"}, by_epoch=True),
    rates("cosine", 20, 5, 0, lambda o: lr.CosineAnnealingLR(o, 20)),
    rates("cosine", 24, 6, 4, lambda o: lr.CosineAnnealingLR(o, 20)),
    rates("onecycle", 30, 10, 0, lambda o: lr.OneCycleLR(o, 1.0, total_steps=30, cycle_momentum=False)),
    rates("cyclical", 40, 4, 0, cyclic(0.1, step_size_up=8), rate=0.4),
    rates("cyclical", 40, 4, 0, cyclic(0.05, step_size_up=5, step_size_down=9, mode="triangular2"), rate=0.4,
          settings={"base-lr": "0.05", "step-size-up": "5", "step-size-down": "9", "mode": "triangular2"}),
    rates("cyclical", 40, 4, 0, cyclic(0.05, step_size_up=7, mode="exp_range", gamma=0.97), rate=0.4,
          settings={"base-lr": "0.05", "step-size-up": "7", "mode": "exp_range", "gamma": "0.97"})]
falling = [2.0, 1.5, 1.6, 1.49995, 1.7, 1.2, 1.3, 1.3, 1.1999, 1.21, 1.25, 1.19, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3]
rising = [0.1, 0.5, 0.5, 0.50004, 0.4, 0.51, 0.51, 0.51, 0.51, 0.51, 0.7, 0.6, 0.6, 0.6, 0.6, 0.6]
plateaus = [
    plateau(falling, False, {"plateau-patience": "1"}), plateau(rising, True, {"plateau-patience": "1", "factor": "0.5"}),
    plateau(falling, False, {"plateau-patience": "0", "factor": "0.3", "cooldown": "2", "min-lr": "0.02"}),
    plateau(rising, True, {"plateau-patience": "2", "threshold": "0.02", "threshold-mode": "abs", "factor": "0.5"}),
    plateau(falling, False, {"plateau-patience": "0", "threshold": "0.1", "threshold-mode": "abs"}, rate=1e-6),
    plateau(falling, False, {})]
os.makedirs(os.path.dirname(FILE), exist_ok=True)
with open(FILE, "w") as file:
    json.dump({"start": [w.tolist() for w in start], "gradients": [[g.tolist() for g in s] for s in gradients], "cases": cases,
               "schedules": schedules, "plateaus": plateaus}, file, separators=(",", ":"))
    file.write("\n")

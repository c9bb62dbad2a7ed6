#!/usr/bin/env python3
"""Writes Tests/TrainingTests/Fixtures/optimizers.json: what PyTorch's optimizers make of a few weights in some steps, and the
learning rates of its schedulers. OptimizerTests and ScheduleTests read it. Gradients are in the file; the second tensor is exempt
from weight decay and has a tenth of the learning rate.

usage: make_optimizer_fixtures.py"""
import json, os
import torch

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/TrainingTests/Fixtures/optimizers.json")
SIZES, STEPS = (35, 7), 12
torch.manual_seed(1)
start = [torch.randn(n) for n in SIZES]
gradients = [[torch.randn(n) * (1 + s % 4) for n in SIZES] for s in range(STEPS)]


def optimizer(case, groups):
    if case["rule"] == "sgd":
        return torch.optim.SGD(groups, lr=case["rate"], momentum=case["momentum"], nesterov=case["nesterov"])
    kind = torch.optim.Adam if case["rule"] == "adam" else torch.optim.AdamW
    return kind(groups, lr=case["rate"])


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


def rates(name, steps, per_epoch, warmup, make, by_epoch=False):
    """The rates of a scheduler that is stepped after every batch, or after every epoch."""
    w = torch.nn.Parameter(torch.zeros(1))
    opt = torch.optim.SGD([w], lr=1.0)
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
    return {"name": name, "steps": steps, "per_epoch": per_epoch, "warmup": warmup, "factors": values}


base = {"rate": 0.1, "momentum": 0.0, "nesterov": False, "decay": 0.0, "clipping": None}
cases = [run(dict(base, **case)) for case in (
    {"rule": "sgd"}, {"rule": "sgd", "decay": 0.05}, {"rule": "sgd", "momentum": 0.9, "decay": 0.01},
    {"rule": "sgd", "momentum": 0.9, "nesterov": True, "decay": 0.01}, {"rule": "sgd", "momentum": 0.8, "clipping": 2.0},
    {"rule": "adam", "rate": 0.01}, {"rule": "adam", "rate": 0.01, "decay": 0.1}, {"rule": "adamw", "rate": 0.01, "decay": 0.1},
    {"rule": "adamw", "rate": 0.02, "decay": 0.3, "clipping": 1.0})]
lr = torch.optim.lr_scheduler
schedules = [
    rates("constant", 8, 4, 5, lambda o: lr.ConstantLR(o, factor=1.0)),
    rates("step", 20, 3, 0, lambda o: lr.StepLR(o, 2, 0.5), by_epoch=True),
    rates("multistep", 20, 4, 0, lambda o: lr.MultiStepLR(o, [1, 3], 0.1), by_epoch=True),
    rates("cosine", 20, 5, 0, lambda o: lr.CosineAnnealingLR(o, 20)),
    rates("cosine", 24, 6, 4, lambda o: lr.CosineAnnealingLR(o, 20)),
    rates("onecycle", 30, 10, 0, lambda o: lr.OneCycleLR(o, 1.0, total_steps=30, cycle_momentum=False))]
os.makedirs(os.path.dirname(FILE), exist_ok=True)
with open(FILE, "w") as file:
    json.dump({"start": [w.tolist() for w in start], "gradients": [[g.tolist() for g in s] for s in gradients], "cases": cases,
               "schedules": schedules}, file, separators=(",", ":"))
    file.write("\n")

#!/usr/bin/env python3
"""Writes two files under Tests/TrainingTests/Fixtures. steps.json: ten plain steps of SGD on small_resnet18 in PyTorch, in double
precision: the losses, the first numbers of each gradient and its length in the first step, and the first numbers of every tensor
at the end; all layers, and layer3 and fc alone behind frozen ones in evaluation mode. PyTorchStepTests reads it. losses.json:
PyTorch's cross-entropy and its gradients with smoothing, class weights and mixtures, for CrossEntropyTests. Weights, inputs and
classes are not in the file: both sides draw them from the same small generator, seeded by name (make_variant_fixtures.py).

usage: make_training_fixtures.py"""
import json, os
import torch
from torch import nn
from make_variant_fixtures import noise

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/TrainingTests/Fixtures")
STEPS, BATCH, SIDE, KEPT = 10, 8, 16, 6
# Small, so that a ReLU which opens in one program and stays closed in another changes little: at 0.05 noise of 1e-5 in the feature
# maps changes the tenth loss by 0.06.
RATE = 0.001


class Branches(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        else:
            self.downsample = nn.Identity()

    def forward(self, x):
        inner = self.bn1(self.conv1(x)).relu()
        return (self.bn2(self.conv2(inner)) + self.downsample(x)).relu()


def network():
    stages = [nn.Sequential(Branches(i, o, s), Branches(o, o, 1)) for i, o, s in ((16, 16, 1), (16, 32, 2), (32, 64, 2))]
    net = nn.Sequential()
    for name, part in zip(("conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "flatten", "fc"),
                          (nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *stages, nn.AdaptiveAvgPool2d(1),
                           nn.Flatten(), nn.Linear(64, 10))):
        net.add_module(name, part)
    net = net.double()
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        drawn = torch.tensor(noise(name, tensor.numel())).double().reshape(tensor.shape)
        if tensor.dim() > 1:
            value = drawn * (6 / tensor[0].numel()) ** 0.5
        elif name.endswith("running_var"):
            value = 1 + 0.5 * drawn
        elif name.endswith("weight"):
            value = 1 + 0.3 * drawn
        else:
            value = 0.2 * drawn
        tensor.copy_(value.float().double())
    return net


def kept(tensor):
    return [float(f"{v:.8g}") for v in tensor.flatten()[:KEPT].tolist()]


def run(selection):
    net = network()
    net.train()
    for name, part in net.named_children():
        if selection != "all" and name not in selection.split(","):
            part.eval()
            part.requires_grad_(False)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=RATE)
    losses, gradients = [], None
    for step in range(STEPS):
        x = torch.tensor(noise(f"input {step}", BATCH * 3 * SIDE * SIDE)).double().reshape(BATCH, 3, SIDE, SIDE)
        y = torch.tensor([(7 * i + step) % 10 for i in range(BATCH)])
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        gradients = gradients or {name: kept(p.grad) + kept(p.grad.norm()) for name, p in net.named_parameters() if p.requires_grad}
        optimizer.step()
        losses.append(loss.item())
    tensors = {name: kept(tensor) for name, tensor in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    return {"selection": selection, "rate": RATE, "batch": BATCH, "side": SIDE, "losses": losses, "gradients": gradients,
            "tensors": tensors}


def cross_entropy(smoothing, weighted, mixed):
    logits = (4 * torch.tensor(noise("logits", 4 * 6)).double()).reshape(4, 6).requires_grad_()
    weights = torch.tensor([0.5, 1, 2, 1.5, 0.25, 3]).double() if weighted else None
    targets = [(0, 0, 1.0), (3, 5, 0.75), (2, 1, 0.25), (4, 4, 1.0)] if mixed else [(0, 0, 1.0), (3, 3, 1.0), (5, 5, 1.0), (4, 4, 1.0)]
    if mixed:
        target = torch.zeros(4, 6).double()
        for row, (label, other, share) in zip(target, targets):
            row[label] += share
            row[other] += 1 - share
    else:
        target = torch.tensor([label for label, _, _ in targets])
    loss = nn.functional.cross_entropy(logits, target, weight=weights, label_smoothing=smoothing)
    loss.backward()
    return {"smoothing": smoothing, "weights": weights.tolist() if weighted else None, "targets": targets, "loss": loss.item(),
            "gradient": [float(f"{v:.8g}") for v in logits.grad.flatten().tolist()]}


def write(name, content):
    with open(os.path.join(FOLDER, name), "w") as out:
        json.dump(content, out, separators=(",", ":"))
        out.write("\n")


write("steps.json", [run("all"), run("layer3,fc")])
write("losses.json", [cross_entropy(s, w, m) for s in (0.0, 0.1) for w in (False, True) for m in (False, True)])

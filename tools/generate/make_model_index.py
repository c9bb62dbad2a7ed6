#!/usr/bin/env python3
"""Writes models/index.json: the published weights that 'reszoo pull' fetches and 'reszoo convert' knows by name.

  tools/generate/make_model_index.py [OUTPUT]             OUTPUT is models/index.json
  tools/generate/make_model_index.py --digests [OUTPUT]   keeps all that OUTPUT says but for the digests

The facts are those of the installed torchvision and timm packages; nothing is downloaded. They have 8 digits of each file's
SHA-256, in its name. All 64 are those of tools/generate/model_digests.json, where two independent public sources have the same
for a file; they must begin with the 8 of the name. An entry is made of
- every weight file of torchvision's ten residual networks, and
- every weight file of timm's ResNet module that is of a variant in ARCHITECTURES, has ImageNet's 1,000 classes, the
  Apache licence, and the beginning of its SHA-256 in its name.
"""

import json
import math
import os
import re
import sys

# timm's variants that reszoo names too.
ARCHITECTURES = [
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_64x4d",
    "wide_resnet50_2", "resnet18d", "resnet34d", "resnet50d", "resnet101d", "seresnet50", "seresnext50_32x4d",
    "ecaresnet50d",
]
HASHED = re.compile(r"^https://.*/([^/]+-([0-9a-f]{8})\.pth)$")


def digests():
    """The digests and sizes of files by their names. Each must be right as far as the name tells."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model_digests.json")
    with open(path, encoding="utf-8") as file:
        table = json.load(file)
    for name, facts in table.items():
        named = re.fullmatch(r".*-([0-9a-f]{8})\.pth", name)
        digest = facts["sha256"]
        if not named or not re.fullmatch(r"[0-9a-f]{64}", digest) or not digest.startswith(named.group(1)):
            sys.exit(f"{path}: {name}: {digest} is not a SHA-256 that begins as the name says")
    return table


def add_digests(entries):
    """Puts all 64 digits where the table has them. Returns the number of such entries."""
    table = digests()
    for value in entries:
        value["sha256_prefix"] = HASHED.match(value["address"]).group(2)
        facts = table.pop(value["file"], None)
        if facts is None:
            continue
        value["sha256_prefix"] = facts["sha256"]
        size = facts.get("bytes")
        if size and value["mebibytes"] and abs(size / 2**20 - value["mebibytes"]) > 0.001:
            sys.exit(f"model_digests.json: {value['file']} has {size} bytes, and {value['mebibytes']} MiB as published")
    if table:
        sys.exit(f"model_digests.json: no entry has the files {', '.join(table)}")
    return sum(len(value["sha256_prefix"]) == 64 for value in entries)


def entry(name, aliases, framework, source, architecture, address, mebibytes, license, metrics, preprocessing):
    file, digest = HASHED.match(address).groups()
    return {
        "name": name, "aliases": aliases, "framework": framework, "source": source, "architecture": architecture,
        "address": address, "file": file, "sha256_prefix": digest, "mebibytes": mebibytes, "license": license,
        "labels": "imagenet", "metrics": metrics, "preprocessing": preprocessing,
    }


def torchvision_entries():
    from torchvision import models

    for architecture in models.list_models():
        weights = models.get_model_weights(architecture)
        if not weights.__module__ == "torchvision.models.resnet":
            continue
        for weight in weights:
            transform = weight.transforms()
            crop = transform.crop_size[0]
            version = weight.name.rpartition("_")[2].lower()
            accuracy = weight.meta["_metrics"]["ImageNet-1K"]
            yield entry(
                f"{architecture}-{version}", [architecture] if weight == weights.DEFAULT else [], "torchvision",
                f"torchvision:{architecture}.{weight.name}", architecture, weight.url, weight.meta["_file_size"],
                "BSD-3-Clause", {key: accuracy[key] for key in ("acc@1", "acc@5")},
                {
                    "input_size": [3, crop, crop], "resize": transform.resize_size[0], "crop": crop,
                    "crop_mode": "center", "interpolation": transform.interpolation.value,
                    "mean": transform.mean, "std": transform.std,
                })


def timm_entries():
    from timm.models import resnet

    from torchvision import models

    for architecture in ARCHITECTURES:
        # The first that timm lists is the default where torchvision publishes nothing.
        aliases = [] if architecture in models.list_models() else [architecture]
        for tag, config in resnet.default_cfgs[architecture].cfgs.items():
            if config.license != "apache-2.0" or config.num_classes != 1000 or not HASHED.match(config.url or ""):
                continue
            # As timm.data.resolve_model_data_config and create_transform have it.
            size = config.input_size[1]
            yield entry(
                f"{architecture}.{tag}", aliases, "timm", f"timm:{architecture}.{tag}", architecture, config.url, None,
                "Apache-2.0", {},
                {
                    "input_size": list(config.input_size), "resize": math.floor(size / config.crop_pct),
                    "crop": size, "crop_mode": config.crop_mode, "interpolation": config.interpolation,
                    "mean": list(config.mean), "std": list(config.std),
                })
            aliases = []


def main():
    arguments = sys.argv[1:]
    keeps = arguments[:1] == ["--digests"]
    outputs = arguments[1:] if keeps else arguments
    if len(outputs) > 1 or any(output.startswith("-") for output in outputs):
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 64
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    output = outputs[0] if outputs else os.path.join(root, "models", "index.json")
    if keeps:
        with open(output, encoding="utf-8") as file:
            entries = json.load(file)["models"]
    else:
        entries = [*torchvision_entries(), *timm_entries()]
    whole = add_digests(entries)
    with open(output, "w", encoding="utf-8") as file:
        lines = ",\n".join(json.dumps(value, ensure_ascii=False) for value in entries)
        file.write('{"format": "reszoo-model-index", "version": 1, "models": [\n' + lines + "\n]}\n")
    print(f"{output}: {len(entries)} files, {whole} of them with all 64 digits of their SHA-256", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

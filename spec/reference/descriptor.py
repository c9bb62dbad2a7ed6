"""§2 and §3 of NETWORK.md: the members of the two documents, and what they say together."""

import json

import schema
from basics import require, single
from network import channels_of, is_bottleneck, is_preactivated

CHANNEL_LIMIT, BLOCK_LIMIT, PIXEL_LIMIT, LABEL_LIMIT = 65_536, 4096, 1 << 24, 1024

def parsed(data, code, name, at):
    try:
        return schema.filled(json.loads(data), schema.load(name))
    except schema.Misfit as misfit:
        require(False, code, at, f"{misfit.path}: {misfit.message}", misfit.path)

def read_architecture(data, at):
    """The members of `arch` with their defaults, checked as §3.1 says."""
    arch = parsed(data, "badDescriptor", "architecture", at)

    def fail(condition, field, message):
        require(condition, "badDescriptor", at, f"{field}: {message}", field)

    stages, stem, attention, head = arch["stages"], arch["stem"], arch["attention"], arch["head"]
    expansion = arch["expansion"] or (4 if arch["block"].endswith("bottleneck") else 1)
    for stage in stages:
        usual = expansion if stage["block"] is None else 4 if stage["block"].endswith("bottleneck") else 1
        stage["expansion"] = stage["expansion"] or usual
        stage["block"] = stage["block"] or arch["block"]
    widths = 3 if stem["kind"] == "deep" else 1
    fail(len(stem["widths"]) == widths, "stem.widths", f"{len(stem['widths'])} of {widths}")
    fail(stem["pool"] or stem["pool_kind"] == "max", "stem.pool_kind", "a stem without a pool")
    fail(stem["pool_kind"] != "max_zero_padded" or arch["antialias"] != "average_pool", "stem.pool_kind", "an average in its place")
    fail(stem["pool_kind"] != "max_partial" or arch["antialias"] == "none", "stem.pool_kind", "a filter behind it")
    fail(not stem["norm"] or is_preactivated(stages[0]), "stem.norm", "there always is one")
    check_stages(arch, fail)
    bottlenecks = [stage for stage in stages if is_bottleneck(stage)]
    fail(bottlenecks or arch["groups"] == 1, "groups", "no bottlenecks")
    fail(bottlenecks or arch["width_per_group"] == 64, "width_per_group", "no bottlenecks")
    for number, stage in enumerate(stages):
        widths = channels_of(arch, stage, 0)
        fail(1 <= widths[-2] <= CHANNEL_LIMIT or not is_bottleneck(stage), f"stages[{number}].width", "the second convolution")
        fail(widths[0] >= 1, "first_reduction", "no channel is left")
    fail(arch["shortcut_kernel"] == 1 or arch["shortcut"] in ("projection", "projection_always"), "shortcut_kernel", "no projection")
    fail(arch["antialias"] == "none" or arch["bottleneck_stride"] == "conv2", "antialias", "bottleneck_stride is conv1")
    if arch["basic_stride"] == "conv2":
        fail(len(bottlenecks) < len(stages), "basic_stride", "no basic blocks")
        fail(arch["antialias"] == "none", "antialias", "basic_stride is conv2")
    pre = any(is_preactivated(stage) for stage in stages)
    fail(arch["shortcut_input"] == "activated" or pre, "shortcut_input", "no pre-activation blocks")
    if attention is not None:
        member = "inner_channels" if attention["kind"] == "se" else "kernels"
        fail(len(attention[member]) == len(stages), f"attention.{member}", f"{len(attention[member])} for {len(stages)} stages")
        for number, (value, stage) in enumerate(zip(attention[member], stages)):
            within = attention["kind"] == "eca" or value <= channels_of(arch, stage, stage["blocks"] - 1)[-1]
            fail(within, f"attention.{member}[{number}]", "more than the block puts out")
    features = channels_of(arch, stages[-1], stages[-1]["blocks"] - 1)[-1] * (2 if arch["global_pool"] == "catavgmax" else 1)
    fail(head["kind"] != "none" or arch["classes"] == features, "classes", f"{features} features")
    if head["kind"] == "mlp" and head["dropout"] is not None:
        fail(len(head["dropout"]) == len(head["widths"]) + 1, "head.dropout", "one for each linear layer")
    fail(arch["answer"] == "one" or head["kind"] != "none", "answer", "no head")
    fail(arch["answer"] != "binary" or arch["classes"] == 1, "answer", f"{arch['classes']} classes")
    for map_ in (arch["quantization"] or {"maps": {}})["maps"].values():
        map_["scale"] = single(map_["scale"])
    return arch

def check_stages(arch, fail):
    for number, stage in enumerate(arch["stages"]):
        field = f"stages[{number}]"
        fail(stage["width"] * stage["expansion"] <= CHANNEL_LIMIT, f"{field}.width", "too many output channels")
        if stage["channels"] is not None:
            fail(len(stage["channels"]) == stage["blocks"], f"{field}.channels", "one list for each block")
            for block, counts in enumerate(stage["channels"]):
                wanted = 3 if is_bottleneck(stage) else 2
                fail(len(counts) == wanted, f"{field}.channels[{block}]", f"{len(counts)} of {wanted}")
    fail(sum(stage["blocks"] for stage in arch["stages"]) <= BLOCK_LIMIT, "stages", "too many blocks")

def read_metadata(data, arch, at):
    """The members of `meta` with their defaults, checked as §3.2 says."""
    meta = parsed(data, "badMetadata", "metadata", at)

    def fail(condition, field, message):
        require(condition, "badMetadata", at, f"{field}: {message}", field)

    record, channels = meta["preprocessing"], arch["input"]["channels"]
    size, crop = record["input_size"], record["crop"]
    fail(size[1] * size[2] <= PIXEL_LIMIT, "preprocessing.input_size", "too many pixels")
    fail(crop is None or [crop, crop] == size[1:], "preprocessing.crop", "another size than the input's")
    fail(crop is not None or record["resize"] is None, "preprocessing.crop", "a resize without a crop")
    for name in ("mean", "std"):
        fail(len(record[name]) == size[0], f"preprocessing.{name}", f"{len(record[name])} for {size[0]} channels")
    fail(record["channel_order"] == "rgb" or size[0] == 3, "preprocessing.channel_order", "only three channels have an order")
    fail(size[0] == channels, "preprocessing.input_size", f"{size[0]} channels for a network of {channels}")
    if meta["labels"] is not None:
        fail(arch["head"]["kind"] != "none", "labels", "no head")
        fail(len(meta["labels"]) == arch["classes"], "labels", f"{len(meta['labels'])} for {arch['classes']} classes")
        for number, label in enumerate(meta["labels"]):
            fail(len(label.encode()) <= LABEL_LIMIT, f"labels[{number}]", "too long")
    trace = meta["trace"]
    if trace is not None:
        fits = trace["input_size"][0] == channels and trace["input_size"][1] * trace["input_size"][2] <= PIXEL_LIMIT
        fail(fits, "trace.input_size", "no input of this network")
        fail(len(trace["logits"]) == arch["classes"], "trace.logits", "one for each class")
    fail(meta["temperature"] is None or arch["answer"] == "one" and arch["head"]["kind"] != "none", "temperature", "the answer is not one of several classes")
    return meta

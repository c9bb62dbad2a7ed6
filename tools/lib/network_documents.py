"""The documents of the networks of spec/vectors: sound ones, and such that break one rule of spec/NETWORK.md."""

import copy

ARCH = {"input": {"height": 8, "width": 8}, "stem": {"kind": "conv3x3", "widths": [4], "pool": False},
        "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 2, "width": 6, "stride": 2}], "block": "basic", "classes": 3}
META = {"preprocessing": {"input_size": [3, 8, 8], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}, "origin": {"kind": "untrained"}}
NARROW = [{"blocks": 2, "width": 4, "stride": 2}]
DILATED = [{"blocks": 1, "width": 4, "stride": 2}, {"blocks": 2, "width": 4, "stride": 1, "dilation": 2}]
BOTTLENECK = {"block": "bottleneck", "stages": [{"blocks": 2, "width": 4, "stride": 2}], "expansion": 2}
POOLED = {"kind": "conv3x3", "widths": [4], "pool": True}
SAME = [{"blocks": 2, "width": 4, "stride": 2}, {"blocks": 1, "width": 6, "stride": 2}]
ODD = {"height": 9, "width": 7}
ONE = [{"blocks": 1, "width": 4, "stride": 1}]

# A network of few tensors, which the widest channels do not make too large.
BARE = {"block": "bottleneck", "stem/widths": [1], "shortcut": "none", "normalization": {"kind": "instance", "affine": False}, "head": {"kind": "none"}}

# Each network: about what it is, and its members in place of those of ARCH.
VALID = {
    "basic": ("basic blocks, every member that may be left out left out", {}),
    "spelled-out": ("the same network with every default spelled out", {
        "name": "spelled out", "input": {"channels": 3, "height": 8, "width": 8},
        "stem": {"kind": "conv3x3", "widths": [4], "pool": False, "pool_kind": "max", "norm": False},
        "stages": [{"blocks": 1, "width": 4, "stride": 1, "dilation": 1}, {"blocks": 2, "width": 6, "stride": 2, "dilation": 1}],
        "expansion": 1, "first_reduction": 1, "groups": 1, "width_per_group": 64, "bottleneck_stride": "conv2",
        "basic_stride": "conv1", "shortcut": "projection", "shortcut_input": "activated", "shortcut_kernel": 1,
        "stride_position": "first", "antialias": "none", "normalization": {"kind": "batch", "epsilon": 1e-05, "momentum": 0.1},
        "convolution_bias": "none", "dropout": 0, "stochastic_depth": 0, "block_dropout": 0, "global_pool": "avg",
        "head": {"kind": "linear"}, "answer": "one"}),
    "integers-with-points": ("whole numbers written with a point and an exponent", {"classes": 3.0, "stages": NARROW}),
    "null": ("null for members that may be absent", {"attention": None, "expansion": None, "stages": NARROW}),
    "null-everywhere": ("null for every member that may be absent", {
        **dict.fromkeys(("name", "expansion", "first_reduction", "groups", "width_per_group", "bottleneck_stride", "basic_stride", "shortcut", "shortcut_input",
                         "shortcut_kernel", "stride_position", "antialias", "convolution_bias", "weight_standardization", "dropout", "stochastic_depth",
                         "block_dropout", "global_pool", "head", "answer", "quantization")),
        "input": {"channels": None, "height": 8, "width": 8}, "stem": {"kind": "conv3x3", "widths": [4], "pool": True, "pool_kind": None, "norm": None},
        "stages": [{"blocks": 1, "width": 4, "stride": 1, "dilation": None, "block": None, "expansion": None, "channels": None}],
        "attention": {"kind": "se", "inner_channels": [2], "bias": None, "layers": None},
        "normalization": {"kind": None, "epsilon": None, "momentum": None}}),
    "bottleneck-width-1": ("a bottleneck of one channel", {"block": "bottleneck", "stages": [{"blocks": 1, "width": 1, "stride": 1}]}),
    "bottleneck": ("bottlenecks of the usual expansion of 4", {"block": "bottleneck", "stages": [{"blocks": 1, "width": 4, "stride": 2}]}),
    "preactivation-basic": ("pre-activated basic blocks, a shortcut from the activated input", {"block": "preactivation_basic"}),
    "preactivation-bottleneck": ("pre-activated bottlenecks", {**BOTTLENECK, "block": "preactivation_bottleneck"}),
    "preactivation-raw": ("a shortcut from the block's input as it is", {
        "block": "preactivation_basic", "shortcut_input": "raw", "stages": NARROW}),
    "preactivation-projections": ("a projection in every pre-activated block", {
        "block": "preactivation_basic", "shortcut": "projection_always", "stages": NARROW}),
    "stem-conv7x7": ("a 7×7 convolution and a pool, an odd size", {
        "input": {"height": 19, "width": 17}, "stem": {"kind": "conv7x7", "widths": [2], "pool": True}, "stages": NARROW}),
    "stem-deep": ("three 3×3 convolutions", {"stem": {"kind": "deep", "widths": [2, 3, 4], "pool": False}, "stages": ONE}),
    "stem-pool-zero-padded": ("zeros beyond the edge of the stem's pool", {
        "stem": {**POOLED, "pool_kind": "max_zero_padded", "norm": True}, "block": "preactivation_basic",
        "normalization": {"epsilon": 0.5}, "stages": ONE}),
    "stem-pool-partial": ("windows that hang over the far edge", {"input": ODD, "stem": {**POOLED, "pool_kind": "max_partial"}, "stages": ONE}),
    "stem-pool-partial-even": ("the same of an even size", {"stem": {**POOLED, "pool_kind": "max_partial"}, "stages": ONE}),
    "stem-pool-convolution": ("a convolution in place of the pool", {"stem": {**POOLED, "pool_kind": "convolution"}, "stages": ONE}),
    "stem-norm": ("a norm in the stem before pre-activated blocks", {
        "block": "preactivation_basic", "stem": {**POOLED, "norm": True}, "stages": NARROW}),
    "stem-pool-blur": ("the stem's pool of stride 1, then the blur", {"antialias": "blur", "stem": POOLED, "stages": ONE}),
    "stem-pool-average": ("an average in place of the stem's pool", {"antialias": "average_pool", "stem": POOLED, "stages": ONE}),
    "stem-pool-convolution-blur": ("a convolution, the blur, norm and ReLU", {
        "antialias": "blur", "stem": {**POOLED, "pool_kind": "convolution"}, "stages": ONE}),
    "stage-block": ("a stage of another kind of block, with that kind's usual expansion", {
        "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 1, "width": 2, "stride": 2, "block": "bottleneck"}]}),
    "stage-preactivation-last": ("a last stage alone that is pre-activated", {
        "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 1, "width": 6, "stride": 2, "block": "preactivation_basic"}]}),
    "stage-preactivation-first": ("a first stage alone that is pre-activated", {
        "stages": [{"blocks": 1, "width": 4, "stride": 1, "block": "preactivation_basic"}, {"blocks": 1, "width": 6, "stride": 2}]}),
    "stage-preactivation-bottleneck": ("a stage of pre-activated bottlenecks", {
        "stages": [{"blocks": 1, "width": 2, "stride": 2, "block": "preactivation_bottleneck"}]}),
    "stage-basic": ("a stage of basic blocks among bottlenecks", {
        **BOTTLENECK, "stages": [{"blocks": 1, "width": 4, "stride": 1, "block": "basic"}, {"blocks": 1, "width": 2, "stride": 2}]}),
    "stage-expansion": ("stages of another expansion", {
        "expansion": 2, "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 1, "width": 2, "stride": 2, "expansion": 3}]}),
    "stage-channels": ("channels of every convolution of basic blocks", {
        "stages": [{"blocks": 2, "width": 4, "stride": 2, "channels": [[3, 6], [5, 6]]}]}),
    "stage-channels-bottleneck": ("channels of every convolution of bottlenecks", {
        **BOTTLENECK, "stages": [{"blocks": 1, "width": 4, "stride": 2, "channels": [[3, 2, 6]]}]}),
    "first-reduction": ("a first convolution of fewer channels, rounded down", {
        "first_reduction": 2, "stages": [{"blocks": 1, "width": 5, "stride": 2}]}),
    "groups": ("grouped bottlenecks", {**BOTTLENECK, "groups": 2, "width_per_group": 32}),
    "width-per-group": ("wider bottlenecks, rounded down", {**BOTTLENECK, "width_per_group": 81}),
    "bottleneck-stride": ("bottlenecks that stride first", {**BOTTLENECK, "bottleneck_stride": "conv1"}),
    "basic-stride": ("basic blocks that stride last", {"basic_stride": "conv2", "stages": NARROW}),
    "dilation": ("a dilated stage, whose first block keeps the dilation before it", {"stages": DILATED}),
    "shortcut-zero-pad": ("zero channels on both sides", {"shortcut": "zero_pad"}),
    "shortcut-always": ("a projection in every block", {"shortcut": "projection_always", "stages": NARROW}),
    "shortcut-none": ("no shortcuts", {"shortcut": "none"}),
    "shortcut-average": ("an average before the projection, an odd size", {"shortcut": "average_pool_projection", "input": ODD, "stages": NARROW}),
    "shortcut-average-dilated": ("the same in a dilated stage that changes the channels", {
        "shortcut": "average_pool_projection", "stages": [{"blocks": 1, "width": 6, "stride": 1, "dilation": 2}]}),
    "shortcut-average-plain": ("the same where channels alone change", {
        "shortcut": "average_pool_projection", "stages": [{"blocks": 1, "width": 6, "stride": 1}]}),
    "shortcut-kernel": ("a projection of 3×3 where a block strides", {"shortcut_kernel": 3, "stages": NARROW}),
    "shortcut-kernel-dilated": ("the same where a stage is dilated", {
        "shortcut_kernel": 3, "shortcut": "projection_always", "stages": [{"blocks": 2, "width": 4, "stride": 1, "dilation": 2}]}),
    "shortcut-kernel-plain": ("1×1 where neither is", {"shortcut_kernel": 3, "shortcut": "projection_always", "stages": ONE}),
    "stride-last": ("the last block strides, its shortcut takes every second pixel", {"stride_position": "last", "stages": SAME}),
    "stride-last-one-block": ("the only block strides and changes the channels", {
        "stride_position": "last", "stages": [{"blocks": 1, "width": 6, "stride": 2}]}),
    "antialias-blur": ("a blur behind the striding convolution's ReLU", {"antialias": "blur", "stages": NARROW}),
    "antialias-blur-dilated": ("a blur where a dilation begins", {"antialias": "blur", "stages": DILATED}),
    "antialias-average": ("an average behind the striding convolution's ReLU", {
        **BOTTLENECK, "antialias": "average_pool", "shortcut": "average_pool_projection"}),
    "attention-se": ("squeeze and excitation", {"attention": {"kind": "se", "inner_channels": [2, 3]}}),
    "attention-se-linear": ("the same as linear layers without biases", {
        "stages": NARROW, "attention": {"kind": "se", "inner_channels": [2], "bias": False, "layers": "linear"}}),
    "attention-se-spelled-out": ("the same with its defaults", {
        "stages": NARROW, "attention": {"kind": "se", "inner_channels": [2], "bias": True, "layers": "convolution"}}),
    "attention-eca": ("a convolution along the channels", {"attention": {"kind": "eca", "kernels": [3, 1]}}),
    "attention-eca-wide": ("a kernel wider than there are channels", {"attention": {"kind": "eca", "kernels": [9]}, "stages": NARROW}),
    "norm-group": ("groups of channels", {"normalization": {"kind": "group", "groups": 2, "epsilon": 0.01, "momentum": 0.5}}),
    "norm-group-32": ("the usual 32 groups", {
        "normalization": {"kind": "group"}, "stem": {"kind": "conv3x3", "widths": [32], "pool": False},
        "stages": [{"blocks": 1, "width": 1, "stride": 1, "channels": [[32, 32]]}], "shortcut": "none"}),
    "norm-instance": ("one group for each channel", {"normalization": {"kind": "instance", "affine": True, "epsilon": 0.1, "momentum": 0}, "stages": ONE}),
    "norm-instance-plain": ("the same without weights and biases", {"normalization": {"kind": "instance", "affine": False}, "stages": ONE}),
    "norm-epsilon": ("a large epsilon", {"normalization": {"kind": "batch", "epsilon": 1, "momentum": 1}, "stages": ONE}),
    "bias-all": ("biases in all convolutions", {"convolution_bias": "all", "stages": NARROW}),
    "bias-unnormalized": ("biases in convolutions that no norm follows", {
        "convolution_bias": "unnormalized", "block": "preactivation_basic", "stages": NARROW}),
    "weight-standardization": ("standardised weights", {"weight_standardization": 0.001, "stages": NARROW}),
    "pool-max": ("maxima of the last maps", {"global_pool": "max", "stages": ONE}),
    "pool-avgmax": ("half the sum of both", {"global_pool": "avgmax", "stages": ONE}),
    "pool-catavgmax": ("averages, then maxima", {"global_pool": "catavgmax", "stages": ONE}),
    "head-mlp": ("two hidden layers", {"head": {"kind": "mlp", "widths": [5, 4], "dropout": [0, 0.5, 0.25]}, "stages": ONE}),
    "head-none": ("no head: the pooled features", {"head": {"kind": "none"}, "classes": 4, "stages": ONE}),
    "answer-several": ("any number of classes", {"answer": "several", "stages": ONE}),
    "answer-binary": ("yes or no", {"answer": "binary", "classes": 1, "stages": ONE}),
    "grey": ("one channel, an odd size", {"input": {"channels": 1, **ODD}, "stages": NARROW}),
    "usual-input": ("made for images of 224×224, which is the default; its trace is smaller", {"input": None, "stages": ONE}),
    "training-alone": ("members that act in training alone", {"dropout": 0.5, "stochastic_depth": 0.25, "block_dropout": 0.125, "stages": ONE}),
    # Members together.
    "together-standardised-se": ("standardised weights and biases in all convolutions, but not in the attention's", {
        "weight_standardization": 0.001, "convolution_bias": "all", "attention": {"kind": "se", "inner_channels": [2], "bias": False}, "stages": NARROW}),
    "together-standardised-eca": ("the same with a convolution along the channels, before activation", {
        "weight_standardization": 0.001, "convolution_bias": "all", "attention": {"kind": "eca", "kernels": [3]}, "block": "preactivation_basic", "stages": NARROW}),
    "together-last-blur-dilated": ("the last block strides, and dilations begin: a blur of stride 1 and one of stride 2", {
        "stride_position": "last", "antialias": "blur", "input": ODD,
        "stages": [{"blocks": 2, "width": 4, "stride": 2, "dilation": 2}, {"blocks": 2, "width": 6, "stride": 1, "dilation": 3}]}),
    "together-first-blur-dilated": ("a block that strides where a dilation begins: one blur, of the stride", {
        **BOTTLENECK, "antialias": "blur", "shortcut_kernel": 3, "stages": [{"blocks": 2, "width": 4, "stride": 3, "dilation": 2}]}),
    "together-kinds": ("blocks of three kinds, the last pre-activated, and groups of channels", {
        "normalization": {"kind": "group", "groups": 2}, "shortcut_input": "raw", "convolution_bias": "unnormalized", "shortcut": "projection_always",
        "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 1, "width": 2, "stride": 2, "block": "bottleneck"},
                   {"blocks": 2, "width": 2, "stride": 2, "block": "preactivation_bottleneck", "expansion": 3}]}),
    "together-kinds-zero-pad": ("a pre-activated stage before one that is not, and zero channels", {
        "shortcut": "zero_pad", "stem": {"kind": "deep", "widths": [2, 3, 4], "pool": True, "norm": True}, "input": {"height": 23, "width": 19},
        "stages": [{"blocks": 2, "width": 6, "stride": 1, "block": "preactivation_basic"}, {"blocks": 1, "width": 8, "stride": 2, "block": "basic"}]}),
    "together-fewer": ("fewer channels without a stride", {"stages": [{"blocks": 1, "width": 6, "stride": 1}, {"blocks": 1, "width": 4, "stride": 1}]}),
    "together-last-fewer": ("fewer channels where the last block strides", {
        "stride_position": "last", "stages": [{"blocks": 1, "width": 6, "stride": 1}, {"blocks": 1, "width": 4, "stride": 2}]}),
    "together-groups-basic": ("groups, which basic blocks do not have", {
        **BOTTLENECK, "groups": 2, "width_per_group": 32, "stages": [{"blocks": 1, "width": 4, "stride": 1}, {"blocks": 1, "width": 4, "stride": 2, "block": "basic"}]}),
    "together-average": ("grouped bottlenecks of fewer channels, averages in every place, and two hidden layers on both pools", {
        "block": "bottleneck", "groups": 2, "width_per_group": 33, "first_reduction": 2, "antialias": "average_pool", "shortcut": "average_pool_projection",
        "stem": {"kind": "conv7x7", "widths": [4], "pool": True, "pool_kind": "convolution"}, "input": {"height": 32, "width": 32},
        "stages": [{"blocks": 1, "width": 4, "stride": 1, "expansion": 2}, {"blocks": 2, "width": 8, "stride": 2, "expansion": 2}],
        "global_pool": "catavgmax", "head": {"kind": "mlp", "widths": [5, 4]}}),
}

RECORD = META["preprocessing"]
# Metadata of sound networks: members in place of those of META.
METADATA = {
    "metadata": ("every member of the metadata", {
        "preprocessing": {"input_size": [3, 8, 8], "resize": 9, "crop": 8, "crop_mode": "border", "interpolation": "bicubic",
                          "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3], "exif": "ignore", "gray16": "clip", "channel_order": "bgr"},
        "labels": ["cat", "dog", "猫"],
        "origin": {"kind": "imported", "source": "model.pth", "sha256": "00" * 32, "license": "Apache-2.0", "seed": 2**64 - 1},
        "metrics": {"acc@1": 0.5}, "notes": "A note.", "calibration": {
            "images": 1024, "list_sha256": "11" * 32, "method": "mse", "bias_correction": True, "source": "val", "kept": {"conv1": "few channels"}},
        "temperature": {"value": 1.5, "images": 5000, "source": "val"}, "recipe": {"optimizer": "sgd"}, "untrained": ["fc"],
        "assumptions": [{"what": "epsilon is 1e-5", "evidence": "it is usual"}],
        "source_names": {"prefix": "module.", "renamed": {"fc": "linear"}, "batches_tracked": [3], "layouts": {"fc.weight": "pointwise"}},
        "a_later_member": {"of": [1, "any", {"kind": None}]}}),
    "metadata-words": ("the other words", {
        "preprocessing": {**RECORD, "crop_mode": "squash", "interpolation": "nearest", "resize": None, "crop": None},
        "origin": {"kind": "trained"}, "source_names": {"layouts": {"conv1.weight": "outputs_last", "fc.weight": "pointwise_outputs_last"}},
        "calibration": {"images": 1, "method": "percentile"}, "temperature": {"value": 0.01, "images": 1}}),
    "metadata-label-1024": ("a label of as many bytes as there may be", {"labels": ["ä" * 512, "b", "c"]}),
    "metadata-defaults": ("the usual words", {
        "preprocessing": {**RECORD, "crop_mode": "center", "interpolation": "bilinear", "exif": "apply", "gray16": "scale", "channel_order": "rgb"},
        "calibration": {"images": 10**9, "method": "minmax_mean", "bias_correction": False, "kept": {}}, "temperature": {"value": 100, "images": 10**9}}),
    "metadata-null": ("null for every member that may be absent", {
        "preprocessing": {**RECORD, **dict.fromkeys(("resize", "crop", "crop_mode", "interpolation", "exif", "gray16", "channel_order"))},
        "origin": {"kind": "trained", **dict.fromkeys(("source", "sha256", "license", "seed"))},
        "source_names": dict.fromkeys(("prefix", "renamed", "batches_tracked", "layouts")),
        "calibration": {"images": 1, "method": "mse", **dict.fromkeys(("list_sha256", "bias_correction", "source", "kept"))},
        "temperature": {"value": 1, "images": 1, "source": None},
        **dict.fromkeys(("labels", "metrics", "assumptions", "untrained", "recipe", "notes"))}),
    **{f"metadata-{name}": (f"the filter {name}", {"preprocessing": {**RECORD, "interpolation": name}}) for name in ("box", "hamming", "lanczos")},
}


def changed(document, changes):
    """A document with members replaced; None removes one, and a path such as `stem.kind` reaches into objects and lists."""
    document = copy.deepcopy(document)
    for path, value in changes.items():
        *outer, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
        inner = document
        for step in outer:
            inner = inner[step]
        if value is REMOVED:
            del inner[last]
        else:
            inner[last] = value
    return document


REMOVED = object()
SE, ECA, MLP = ({"kind": "se", "inner_channels": [2, 2]}, {"kind": "eca", "kernels": [3, 3]}, {"kind": "mlp", "widths": [4]})
PRE = {"block": "preactivation_basic"}
# Each rule of NETWORK.md §2 and §3.1: the member at fault, and what is changed in ARCH.
BAD_ARCH = {
    "unknown": ("pretrained", {"pretrained": True}), "unknown-input": ("input.depth", {"input/depth": 1}),
    "unknown-stem": ("stem.poolkind", {"stem/poolkind": "max"}), "unknown-stage": ("stages[1].with", {"stages/1/with": 1}),
    "unknown-attention": ("attention.kernels", {"attention": {**SE, "kernels": [3, 3]}}),
    "unknown-null": ("pretrained", {"pretrained": None}), "null-of-another-form": ("attention.kernels", {"attention": {**SE, "kernels": None}}),
    "null-head-kind": ("head.kind", {"head": {"kind": None}}), "null-pool": ("stem.pool", {"stem/pool": None}),
    "unknown-norm": ("normalization.groups", {"normalization": {"groups": 2}}),
    "unknown-norm-group": ("normalization.affine", {"normalization": {"kind": "group", "groups": 2, "affine": True}}),
    "unknown-norm-instance": ("normalization.groups", {"normalization": {"kind": "instance", "groups": 2}}),
    "unknown-head": ("head.widths", {"head": {"kind": "linear", "widths": [4]}}),
    "unknown-head-none": ("head.dropout", {"head": {"kind": "none", "dropout": [0]}, "classes": 6}),
    "unknown-head-mlp": ("head.bias", {"head": {**MLP, "bias": True}}),
    "no-stem": ("stem", {"stem": REMOVED}), "no-stages": ("stages", {"stages": REMOVED}), "no-block": ("block", {"block": REMOVED}),
    "no-classes": ("classes", {"classes": REMOVED}), "null-classes": ("classes", {"classes": None}),
    "no-input-height": ("input.height", {"input/height": REMOVED}), "no-input-width": ("input.width", {"input/width": REMOVED}),
    "no-stem-kind": ("stem.kind", {"stem/kind": REMOVED}), "no-stem-widths": ("stem.widths", {"stem/widths": REMOVED}),
    "no-stem-pool": ("stem.pool", {"stem/pool": REMOVED}), "no-blocks": ("stages[0].blocks", {"stages/0/blocks": REMOVED}),
    "no-width": ("stages[0].width", {"stages/0/width": REMOVED}), "no-stride": ("stages[1].stride", {"stages/1/stride": REMOVED}),
    "no-attention-kind": ("attention.kind", {"attention": {}}), "no-inner-channels": ("attention.inner_channels", {"attention": {"kind": "se"}}),
    "no-kernels": ("attention.kernels", {"attention": {"kind": "eca"}}), "no-head-kind": ("head.kind", {"head": {}}),
    "no-head-widths": ("head.widths", {"head": {"kind": "mlp"}}),
    "name-number": ("name", {"name": 1}), "input-list": ("input", {"input": [3, 8, 8]}), "pool-number": ("stem.pool", {"stem/pool": 1}),
    "norm-number": ("stem.norm", {"stem/norm": 1, **PRE}), "stages-object": ("stages", {"stages": {}}),
    "width-text": ("stages[0].width", {"stages/0/width": "8"}), "classes-fraction": ("classes", {"classes": 2.5}),
    "classes-huge": ("classes", {"classes": 10**30}), "attention-text": ("attention", {"attention": "se"}),
    "bias-number": ("attention.bias", {"attention": {**SE, "bias": 1}}), "affine-text": ("normalization.affine", {"normalization": {"kind": "instance", "affine": "no"}}),
    "dropout-text": ("dropout", {"dropout": "0"}),
    "channels-number": ("stages[0].channels", {"stages/0/channels": 4}),
    **{f"{name}-{number}": (field, {path: number}) for name, field, path, numbers in (
        ("input-channels", "input.channels", "input/channels", (0, 4097)), ("input-height", "input.height", "input/height", (0, 65537)),
        ("input-width", "input.width", "input/width", (0, 65537)), ("blocks", "stages[0].blocks", "stages/0/blocks", (0, 2049)),
        ("width", "stages[0].width", "stages/0/width", (0, 16385)), ("stride", "stages[0].stride", "stages/0/stride", (0, 17)),
        ("dilation", "stages[0].dilation", "stages/0/dilation", (0, 65)), ("stage-expansion", "stages[0].expansion", "stages/0/expansion", (0, 65)),
        ("expansion", "expansion", "expansion", (0, 65)), ("first-reduction", "first_reduction", "first_reduction", (0, 65)),
        ("groups", "groups", "groups", (0, 16385)), ("width-per-group", "width_per_group", "width_per_group", (0, 16385)),
        ("shortcut-kernel", "shortcut_kernel", "shortcut_kernel", (0, 2, 65)), ("classes", "classes", "classes", (0, 1000001)),
        ("weight-standardization", "weight_standardization", "weight_standardization", (-0.5, 1.5)), ("dropout", "dropout", "dropout", (-0.5, 1)),
        ("stochastic-depth", "stochastic_depth", "stochastic_depth", (-0.5, 1)), ("block-dropout", "block_dropout", "block_dropout", (-0.5, 1)))
       for number in numbers},
    **{f"{name}-{number}": (field, {path: {**form, member: value}}) for name, field, path, form, member, values in (
        ("epsilon", "normalization.epsilon", "normalization", {}, "epsilon", (0, 1.5)),
        ("momentum", "normalization.momentum", "normalization", {}, "momentum", (-0.5, 1.5)),
        ("norm-groups", "normalization.groups", "normalization", {"kind": "group"}, "groups", (0, 65537)))
       for number, value in enumerate(values)},
    **{f"stem-width-{number}": ("stem.widths[0]", {"stem/widths": [number]}) for number in (0, 16385)},
    **{f"head-width-{number}": ("head.widths[0]", {"head": {"kind": "mlp", "widths": [number]}}) for number in (0, 65537)},
    **{f"inner-channels-{number}": ("attention.inner_channels[0]", {"attention": {**SE, "inner_channels": [number, 2]}}) for number in (0, 65537)},
    **{f"eca-kernel-{number}": ("attention.kernels[1]", {"attention": {**ECA, "kernels": [3, number]}}) for number in (0, 2, 65)},
    **{f"channels-{number}": ("stages[0].channels[0][1]", {"stages/0/channels": [[4, number]]}) for number in (0, 65537)},
    "stages-none": ("stages", {"stages": []}), "stages-17": ("stages", {"stages": ONE * 17}),
    "blocks-4097": ("stages", {"stages": [{"blocks": 2048, "width": 1, "stride": 1}] * 2 + [{"blocks": 1, "width": 1, "stride": 1}]}),
    "head-widths-none": ("head.widths", {"head": {"kind": "mlp", "widths": []}}),
    "head-widths-17": ("head.widths", {"head": {"kind": "mlp", "widths": [4] * 17}}),
    "head-dropout-1": ("head.dropout[1]", {"head": {**MLP, "dropout": [0, 1]}}),
    **{f"word-{name}": (field, {path: "other"}) for name, field, path in (
        ("block", "block", "block"), ("bottleneck-stride", "bottleneck_stride", "bottleneck_stride"), ("basic-stride", "basic_stride", "basic_stride"),
        ("shortcut", "shortcut", "shortcut"), ("shortcut-input", "shortcut_input", "shortcut_input"),
        ("stride-position", "stride_position", "stride_position"), ("antialias", "antialias", "antialias"),
        ("convolution-bias", "convolution_bias", "convolution_bias"), ("global-pool", "global_pool", "global_pool"), ("answer", "answer", "answer"),
        ("stem-kind", "stem.kind", "stem/kind"), ("pool-kind", "stem.pool_kind", "stem/pool_kind"), ("stage-block", "stages[0].block", "stages/0/block"))},
    "word-attention": ("attention.kind", {"attention": {"kind": "other"}}), "word-layers": ("attention.layers", {"attention": {**SE, "layers": "other"}}),
    "word-norm": ("normalization.kind", {"normalization": {"kind": "other"}}), "word-head": ("head.kind", {"head": {"kind": "other"}}),
    # What members say together.
    "stem-widths-2": ("stem.widths", {"stem/widths": [4, 4]}), "stem-deep-1": ("stem.widths", {"stem/kind": "deep"}),
    "pool-kind-without-pool": ("stem.pool_kind", {"stem/pool_kind": "convolution"}),
    "pool-zeros-average": ("stem.pool_kind", {"stem": {**POOLED, "pool_kind": "max_zero_padded"}, "antialias": "average_pool"}),
    "pool-partial-blur": ("stem.pool_kind", {"stem": {**POOLED, "pool_kind": "max_partial"}, "antialias": "blur"}),
    "stem-norm-basic": ("stem.norm", {"stem/norm": True}),
    "output-channels-65537": ("stages[0].width", {"stages/0/width": 16384, "expansion": 5}),
    "channels-blocks": ("stages[1].channels", {"stages/1/channels": [[6, 6]]}),
    "channels-blocks-more": ("stages[1].channels", {"stages/1/channels": [[6, 6]] * 3}),
    "channels-convolutions": ("stages[0].channels[0]", {"stages/0/channels": [[4, 4, 4]]}),
    "channels-two-of-three": ("stages[0].channels[0]", {**BOTTLENECK, "stages": [{"blocks": 1, "width": 4, "stride": 1, "channels": [[4, 4]]}]}),
    "groups-basic": ("groups", {"groups": 2}), "width-per-group-basic": ("width_per_group", {"width_per_group": 128}),
    "width-per-group-basic-32": ("width_per_group", {"width_per_group": 32}),
    "groups-outputs": ("groups", {**BOTTLENECK, "groups": 2, "stages": [{"blocks": 1, "width": 4, "stride": 1, "channels": [[4, 3, 8]]}]}),
    "features-less": ("classes", {"head": {"kind": "none"}, "classes": 7}),
    "bottleneck-width-0": ("stages[0].width", {"block": "bottleneck", "width_per_group": 15}),
    "bottleneck-width-65537": ("stages[0].width", {"block": "bottleneck", "groups": 16384, "width_per_group": 128}),
    "bottleneck-width-65537-alone": ("stages[0].width", {
        "block": "bottleneck", "width_per_group": 265, "stages": [{"blocks": 1, "width": 15828, "stride": 1}]}),
    "first-reduction-0": ("first_reduction", {"first_reduction": 5}),
    "shortcut-kernel-zero-pad": ("shortcut_kernel", {"shortcut_kernel": 3, "shortcut": "zero_pad"}),
    "shortcut-kernel-average": ("shortcut_kernel", {"shortcut_kernel": 3, "shortcut": "average_pool_projection"}),
    "antialias-conv1": ("antialias", {"antialias": "blur", "bottleneck_stride": "conv1"}),
    "basic-stride-bottleneck": ("basic_stride", {**BOTTLENECK, "basic_stride": "conv2"}),
    "antialias-basic-stride": ("antialias", {"antialias": "average_pool", "basic_stride": "conv2"}),
    "shortcut-input-basic": ("shortcut_input", {"shortcut_input": "raw"}),
    "inner-channels-1": ("attention.inner_channels", {"attention": {**SE, "inner_channels": [2]}}),
    "inner-channels-more": ("attention.inner_channels[1]", {"attention": {**SE, "inner_channels": [4, 7]}}),
    "eca-kernels-3": ("attention.kernels", {"attention": {**ECA, "kernels": [3, 3, 3]}}),
    "features": ("classes", {"head": {"kind": "none"}, "classes": 5}), "head-dropout-more": ("head.dropout", {"head": {**MLP, "dropout": [0, 0, 0]}}), "head-dropout-count": ("head.dropout", {"head": {**MLP, "dropout": [0]}}),
    "answer-none": ("answer", {"head": {"kind": "none"}, "classes": 6, "answer": "several"}), "answer-binary-3": ("answer", {"answer": "binary"}),
    # What the network that follows cannot be.
    "groups-channels": ("groups", {**BOTTLENECK, "groups": 3, "first_reduction": 5}),
    "norm-groups-channels": ("normalization.groups", {"normalization": {"kind": "group", "groups": 4}}),
    "zero-pad-odd": ("stages[1].width", {"shortcut": "zero_pad", "stages/1/width": 7}),
    "zero-pad-fewer": ("stages[1].width", {"shortcut": "zero_pad", "stages/1/width": 2}),
    "too-many-numbers": ("stages", {"stages": [{"blocks": 2, "width": 16384, "stride": 1}]}),
    "numbers-2-to-32-more": ("stages", {
        **BARE, "stages": [{"blocks": 1, "width": 1, "stride": 1, "channels": [[10, 65530, 65452]]}], "classes": 65452}),
    "no-room": ("stages[1].stride", {"input": {"height": 1, "width": 8}, "antialias": "blur"}),
    "no-room-16384": ("stem", {"input": {"height": 16384, "width": 1}, "stem": POOLED, "antialias": "blur"}),
    "no-room-stem": ("stem", {"input": {"height": 1, "width": 1}, "stem": POOLED, "antialias": "blur"}),
    "branches-differ": ("stages[1].stride", {"input": {"height": 9, "width": 8}, "antialias": "average_pool"}),
}

CALIBRATION = {"images": 16, "method": "mse"}
TRACE = {"seed": 1, "input_size": [3, 8, 8], "logits": [0, 1, 2]}
# Each rule of NETWORK.md §2.2 and §3.2: the member at fault, and what is changed in META.
BAD_META = {
    "no-preprocessing": ("preprocessing", {"preprocessing": REMOVED}), "no-origin": ("origin", {"origin": REMOVED}),
    "no-input-size": ("preprocessing.input_size", {"preprocessing/input_size": REMOVED}), "no-mean": ("preprocessing.mean", {"preprocessing/mean": REMOVED}),
    "no-std": ("preprocessing.std", {"preprocessing/std": REMOVED}), "no-kind": ("origin.kind", {"origin": {}}),
    "no-what": ("assumptions[0].what", {"assumptions": [{"evidence": "b"}]}), "no-evidence": ("assumptions[0].evidence", {"assumptions": [{"what": "b"}]}),
    **{f"no-{name}": (f"trace.{name}", {"trace": {key: value for key, value in TRACE.items() if key != name}}) for name in TRACE},
    "unknown-preprocessing": ("preprocessing.size", {"preprocessing/size": 8}), "unknown-origin": ("origin.when", {"origin/when": "now"}),
    "unknown-source-names": ("source_names.suffix", {"source_names": {"suffix": ""}}),
    "unknown-assumption": ("assumptions[0].why", {"assumptions": [{"what": "a", "evidence": "b", "why": "c"}]}),
    "unknown-trace": ("trace.when", {"trace": {**TRACE, "when": 1}}),
    "word-crop-mode": ("preprocessing.crop_mode", {"preprocessing/crop_mode": "other"}),
    "word-interpolation": ("preprocessing.interpolation", {"preprocessing/interpolation": "other"}),
    "word-exif": ("preprocessing.exif", {"preprocessing/exif": "other"}), "word-gray16": ("preprocessing.gray16", {"preprocessing/gray16": "other"}),
    "word-order": ("preprocessing.channel_order", {"preprocessing/channel_order": "grb"}), "word-origin": ("origin.kind", {"origin/kind": "other"}),
    "layout": ("source_names.layouts.fc.weight", {"source_names": {"layouts": {"fc.weight": "other"}}}),
    "input-size-2": ("preprocessing.input_size", {"preprocessing/input_size": [3, 8]}),
    "input-size-4": ("preprocessing.input_size", {"preprocessing/input_size": [3, 8, 8, 8]}),
    **{f"input-size-{number}": ("preprocessing.input_size[1]", {"preprocessing/input_size": [3, number, 8]}) for number in (0, 65537)},
    "input-pixels": ("preprocessing.input_size", {"preprocessing/input_size": [3, 4097, 4096]}),
    "input-channels": ("preprocessing.input_size", {"preprocessing": {"input_size": [1, 8, 8], "mean": [0], "std": [1]}}),
    **{f"{name}-{number}": (f"preprocessing.{name}", {"preprocessing/resize": 8, "preprocessing/crop": 8, f"preprocessing/{name}": number})
       for name in ("resize", "crop") for number in (0, 65537)},
    "crop-size": ("preprocessing.crop", {"preprocessing/resize": 9, "preprocessing/crop": 7}), "crop-more": ("preprocessing.crop", {"preprocessing/resize": 9, "preprocessing/crop": 9}), "resize-alone": ("preprocessing.crop", {"preprocessing/resize": 9}),
    "crop-not-square": ("preprocessing.crop", {"preprocessing/input_size": [3, 8, 9], "preprocessing/resize": 9, "preprocessing/crop": 8}),
    "mean-2": ("preprocessing.mean", {"preprocessing/mean": [0, 0]}), "std-4": ("preprocessing.std", {"preprocessing/std": [1] * 4}),
    "mean-large": ("preprocessing.mean[1]", {"preprocessing/mean": [0, 1000.5, 0]}), "mean-low": ("preprocessing.mean[1]", {"preprocessing/mean": [0, -1000.5, 0]}),
    "std-0": ("preprocessing.std[2]", {"preprocessing/std": [1, 1, 0]}), "std-large": ("preprocessing.std[2]", {"preprocessing/std": [1, 1, 1000.5]}),
    **{f"calibration-no-{name}": (f"calibration.{name}", {"calibration": {key: value for key, value in CALIBRATION.items() if key != name}}) for name in CALIBRATION},
    **{f"calibration-images-{number}": ("calibration.images", {"calibration": {**CALIBRATION, "images": number}}) for number in (0, 10**9 + 1, 1.5)},
    "calibration-word": ("calibration.method", {"calibration": {**CALIBRATION, "method": "other"}}),
    "calibration-unknown": ("calibration.when", {"calibration": {**CALIBRATION, "when": 1}}), "calibration-list": ("calibration", {"calibration": []}),
    "calibration-kept-number": ("calibration.kept.conv1", {"calibration": {**CALIBRATION, "kept": {"conv1": 1}}}),
    "calibration-kept-null": ("calibration.kept.conv1", {"calibration": {**CALIBRATION, "kept": {"conv1": None}}}),
    "calibration-bias-number": ("calibration.bias_correction", {"calibration": {**CALIBRATION, "bias_correction": 1}}),
    **{f"temperature-{number}": ("temperature.value", {"temperature": {"value": number, "images": 1}}) for number in (0, 0.0099, 100.5, -1, None)},
    **{f"temperature-images-{number}": ("temperature.images", {"temperature": {"value": 1, "images": number}}) for number in (0, 10**9 + 1, 0.5)},
    "temperature-no-value": ("temperature.value", {"temperature": {"images": 1}}), "temperature-no-images": ("temperature.images", {"temperature": {"value": 1}}),
    "temperature-number": ("temperature", {"temperature": 1.5}), "temperature-unknown": ("temperature.when", {"temperature": {"value": 1, "images": 1, "when": 1}}),
    "temperature-source": ("temperature.source", {"temperature": {"value": 1, "images": 1, "source": 1}}),
    "labels-4": ("labels", {"labels": list("abcd")}), "logits-4": ("trace.logits", {"trace": {**TRACE, "logits": [0, 1, 2, 3]}}), "labels-2": ("labels", {"labels": ["a", "b"]}), "label-empty": ("labels[1]", {"labels": ["a", "", "c"]}),
    "label-1025": ("labels[0]", {"labels": ["a" * 1025, "b", "c"]}), "label-bytes": ("labels[2]", {"labels": ["a", "b", "ä" * 513]}),
    "label-bytes-1025": ("labels[0]", {"labels": ["ä" * 512 + "a", "b", "c"]}),
    "labels-text": ("labels", {"labels": "abc"}), "label-number": ("labels[0]", {"labels": [1, 2, 3]}),
    "label-null": ("labels[1]", {"labels": ["a", None, "c"]}), "metric-null": ("metrics.acc@1", {"metrics": {"acc@1": None}}),
    "recipe-null": ("recipe.epochs", {"recipe": {"epochs": None}}), "renamed-null": ("source_names.renamed.fc", {"source_names": {"renamed": {"fc": None}}}),
    "layout-null": ("source_names.layouts.fc.weight", {"source_names": {"layouts": {"fc.weight": None}}}),
    "unknown-null": ("preprocessing.size", {"preprocessing/size": None}),
    "metric-text": ("metrics.acc@1", {"metrics": {"acc@1": "high"}}), "metrics-list": ("metrics", {"metrics": [0.5]}),
    "recipe-number": ("recipe.epochs", {"recipe": {"epochs": 30}}), "notes-list": ("notes", {"notes": ["a"]}),
    "untrained-text": ("untrained", {"untrained": "fc"}), "untrained-number": ("untrained[0]", {"untrained": [1]}),
    "source-number": ("origin.source", {"origin/source": 1}), "sha256-number": ("origin.sha256", {"origin/sha256": 1}),
    "license-number": ("origin.license", {"origin/license": 1}), "origin-seed-negative": ("origin.seed", {"origin/seed": -1}),
    "origin-seed-huge": ("origin.seed", {"origin/seed": 2**64}), "prefix-number": ("source_names.prefix", {"source_names": {"prefix": 1}}),
    "renamed-number": ("source_names.renamed.fc", {"source_names": {"renamed": {"fc": 1}}}),
    "batches-number": ("source_names.batches_tracked", {"source_names": {"batches_tracked": 1}}),
    "batches-huge": ("source_names.batches_tracked[0]", {"source_names": {"batches_tracked": [2**63]}}),
    "seed-negative": ("trace.seed", {"trace": {**TRACE, "seed": -1}}), "seed-huge": ("trace.seed", {"trace": {**TRACE, "seed": 2**64}}),
    "trace-size-2": ("trace.input_size", {"trace": {**TRACE, "input_size": [3, 8]}}),
    "trace-channels": ("trace.input_size", {"trace": {**TRACE, "input_size": [1, 8, 8]}}),
    "trace-channels-more": ("trace.input_size", {"trace": {**TRACE, "input_size": [4, 8, 8]}}),
    "trace-pixels": ("trace.input_size", {"trace": {**TRACE, "input_size": [3, 4097, 4096]}}),
    "logits-2": ("trace.logits", {"trace": {**TRACE, "logits": [0, 1]}}), "logit-null": ("trace.logits[1]", {"trace": {**TRACE, "logits": [0, None, 2]}}),
    "logit-limit": ("trace.logits[2]", {"trace": {**TRACE, "logits": [0, 1, 2.0**128 - 2.0**103]}}),
    "logit-limit-low": ("trace.logits[0]", {"trace": {**TRACE, "logits": [2.0**103 - 2.0**128, 1, 2]}}), "logit-huge": ("trace.logits[1]", {"trace": {**TRACE, "logits": [0, 1e39, 2]}}),
}

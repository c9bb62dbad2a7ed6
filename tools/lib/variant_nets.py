"""Residual networks in PyTorch, as spec/NETWORK.md describes them: a descriptor (a dictionary) and a store of
tensors make a function from images to logits, its batch norms with running statistics or, in training, those of the batch.
The store makes a random tensor when one is asked for first, so that running a net once also says which tensors it has. Plain,
pre-activation and wide nets for CIFAR are descriptors too (He et al. 2015 and 2016, Zagoruyko and Komodakis 2016); `cifar` makes
them."""
import torch
import torch.nn.functional as F


class Store:
    """Tensors by name, in double precision."""

    def __init__(self, seed):
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(seed)

    def get(self, name, shape, kind):
        if name not in self.tensors:
            noise = torch.randn(shape, generator=self.generator, dtype=torch.double)
            fan_in = max(1, noise[0].numel()) if noise.dim() > 1 else 1
            value = {"weight": noise * (2 / fan_in) ** 0.5, "scale": 1 + 0.3 * noise.clamp(-2, 2), "shift": 0.2 * noise,
                     "variance": 1 + 0.2 * noise.clamp(-2, 2)}[kind]
            self.tensors[name] = value.float().double()
        return self.tensors[name]


class Net:
    def __init__(self, descriptor, store, training=False):
        self.d, self.store, self.training = descriptor, store, training
        self.stages = descriptor["stages"]

    def knob(self, name, default):
        return self.d.get(name, default)

    # Layers.

    def conv(self, x, name, out, k, stride=1, dilation=1, groups=1, normed=True):
        w = self.store.get(name + ".weight", (out, x.shape[1] // groups, k, k), "weight")
        epsilon = self.d.get("weight_standardization")
        if epsilon is not None:
            flat = w.reshape(out, -1)
            flat = (flat - flat.mean(1, keepdim=True)) / (flat.var(1, unbiased=False, keepdim=True) + epsilon).sqrt()
            w = flat.reshape(w.shape)
        kind = self.knob("convolution_bias", "none")
        biased = kind == "all" or kind == "unnormalized" and not normed
        bias = self.store.get(name + ".bias", (out,), "shift") if biased else None
        return F.conv2d(x, w, bias, stride, dilation * (k - 1) // 2, dilation if k > 1 else 1, groups)

    def norm(self, x, name):
        n, c = self.knob("normalization", {}), x.shape[1]
        if n.get("kind") == "instance" and not n.get("affine", True):
            return F.instance_norm(x, eps=n.get("epsilon", 1e-5))
        weight, bias = self.store.get(name + ".weight", (c,), "scale"), self.store.get(name + ".bias", (c,), "shift")
        epsilon = n.get("epsilon", 1e-5)
        if n.get("kind", "batch") == "group":
            return F.group_norm(x, n.get("groups", 32), weight, bias, epsilon)
        if n.get("kind") == "instance":
            return F.instance_norm(x, weight=weight, bias=bias, eps=epsilon)
        mean = self.store.get(name + ".running_mean", (c,), "shift")
        variance = self.store.get(name + ".running_var", (c,), "variance")
        return F.batch_norm(x, mean, variance, weight, bias, self.training, n.get("momentum", 0.1), epsilon)

    def filter(self, x, stride):
        if self.d["antialias"] == "average_pool":
            return F.avg_pool2d(x, stride)
        row = torch.tensor([1.0, 2.0, 1.0], dtype=x.dtype)
        kernel = (row[:, None] * row / 16).repeat(x.shape[1], 1, 1, 1)
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel, stride=stride, groups=x.shape[1])

    # The parts.

    def kind(self, stage):
        return stage.get("block", self.d["block"])

    def stem(self, x):
        s = self.d["stem"]
        normed = s.get("norm", False) or not self.kind(self.stages[0]).startswith("pre")
        aa = self.knob("antialias", "none")
        if s["kind"] == "deep":
            for i in range(2):
                x = self.conv(x, f"conv1.{3 * i}", s["widths"][i], 3, stride=2 - i)
                x = self.norm(x, f"conv1.{3 * i + 1}").relu()
            x = self.conv(x, "conv1.6", s["widths"][2], 3, normed=normed)
        else:
            k, stride = (7, 2) if s["kind"] == "conv7x7" else (3, 1)
            x = self.conv(x, "conv1", s["widths"][0], k, stride, normed=normed)
        if normed:
            x = self.norm(x, "bn1").relu()
        if not s["pool"]:
            return x
        kind = s.get("pool_kind", "max")
        if kind == "convolution":
            x = self.conv(x, "maxpool.0", x.shape[1], 3, 2 if aa == "none" else 1)
            x = x if aa == "none" else self.filter(x, 2)
            return self.norm(x, "maxpool.1" if aa == "none" else "maxpool.2").relu()
        if aa == "average_pool":
            return self.filter(x, 2)
        if kind == "max_partial":
            return F.max_pool2d(x, 3, 2, ceil_mode=True)
        if kind == "max_zero_padded":
            x = F.max_pool2d(F.pad(x, (1, 1, 1, 1)), 3, 2 if aa == "none" else 1)
        else:
            x = F.max_pool2d(x, 3, 2 if aa == "none" else 1, 1)
        return x if aa == "none" else self.filter(x, 2)

    def widths(self, stage, block):
        if "channels" in stage:
            return stage["channels"][block]
        bottleneck = "bottleneck" in self.kind(stage)
        usual = 4 if bottleneck else 1
        expansion = stage.get("expansion", usual if "block" in stage else self.knob("expansion", usual))
        out, reduction = stage["width"] * expansion, self.knob("first_reduction", 1)
        if not bottleneck:
            return [stage["width"] // reduction, out]
        middle = stage["width"] * self.knob("width_per_group", 64) // 64 * self.knob("groups", 1)
        return [middle // reduction, middle, out]

    def attend(self, x, path, index):
        attention = self.d.get("attention")
        if attention is None:
            return x
        gate = x.mean((2, 3))
        if attention["kind"] == "se":
            inner, four = attention["inner_channels"][index], attention.get("layers", "convolution") == "convolution"
            for layer, (i, o) in (("fc1", (x.shape[1], inner)), ("fc2", (inner, x.shape[1]))):
                w = self.store.get(f"{path}.se.{layer}.weight", (o, i, 1, 1) if four else (o, i), "weight").reshape(o, i)
                bias = self.store.get(f"{path}.se.{layer}.bias", (o,), "shift") if attention.get("bias", True) else None
                gate = F.linear(gate, w, bias)
                gate = gate.relu() if layer == "fc1" else gate
        else:
            k = attention["kernels"][index]
            w = self.store.get(f"{path}.se.conv.weight", (1, 1, k), "weight")
            gate = F.conv1d(gate[:, None], w, padding=k // 2)[:, 0]
        return x * gate.sigmoid()[:, :, None, None]

    def shortcut(self, x, active, path, stage, out, stride, dilation):
        kind, pre = self.knob("shortcut", "projection"), active is not None
        source = active if pre and self.knob("shortcut_input", "activated") == "activated" else x
        changes = stride != 1 or x.shape[1] != out
        if kind != "projection_always":
            if not changes:
                return x
            if self.knob("stride_position", "first") == "last" and x.shape[1] == out:
                return x[:, :, ::stride, ::stride]
        if kind == "zero_pad":
            pad, odd = divmod(out - x.shape[1], 2)
            if pad < 0 or odd:
                raise ValueError("a zero-padded shortcut to fewer channels, or to an odd number more")
            return F.pad(source[:, :, ::stride, ::stride], (0, 0, 0, 0, pad, pad))
        wide = stride > 1 or stage.get("dilation", 1) > 1
        if kind == "average_pool_projection":
            if stride > 1:
                source = F.avg_pool2d(source, 2, stride, ceil_mode=True, count_include_pad=False)
            elif wide:
                source = F.avg_pool2d(F.pad(source, (0, 1, 0, 1)), 2, 1)
            y = self.conv(source, f"{path}.downsample.1", out, 1, normed=not pre)
            return y if pre else self.norm(y, f"{path}.downsample.2")
        y = self.conv(source, f"{path}.downsample.0", out, self.knob("shortcut_kernel", 1) if wide else 1, stride, dilation,
                      normed=not pre)
        return y if pre else self.norm(y, f"{path}.downsample.1")

    def block(self, x, path, index, block, stride, dilation):
        stage = self.stages[index]
        kind, widths = self.kind(stage), self.widths(stage, block)
        pre, bottleneck, aa = kind.startswith("pre"), "bottleneck" in kind, self.knob("antialias", "none")
        active = self.norm(x, f"{path}.bn1").relu() if pre else None
        y = active if pre else x
        filtered = aa != "none" and stride > 1 or aa == "blur" and dilation != stage.get("dilation", 1)
        late = self.knob("bottleneck_stride", "conv2") if bottleneck else self.knob("basic_stride", "conv1")
        striding = 1 if late == "conv2" else 0
        for i, out in enumerate(widths):
            window, last = not bottleneck or i == 1, i == len(widths) - 1
            first_window = i == (1 if bottleneck else 0)
            y = self.conv(y, f"{path}.conv{i + 1}", out, 3 if window else 1,
                          stride if i == striding and not filtered else 1, dilation if first_window else stage.get("dilation", 1),
                          self.knob("groups", 1) if bottleneck and i == 1 else 1, normed=not (pre and last))
            if last:
                break
            y = self.norm(y, f"{path}.bn{i + 2 if pre else i + 1}").relu()
            if filtered and i == striding:
                y = self.filter(y, stride)
        if not pre:
            y = self.norm(y, f"{path}.bn{len(widths)}")
        y = self.attend(y, path, index)
        if self.knob("shortcut", "projection") != "none":
            y = y + self.shortcut(x, active, path, stage, widths[-1], stride, dilation)
        return y if pre else y.relu()

    def __call__(self, x):
        x = self.stem(x)
        dilation = 1
        for index, stage in enumerate(self.stages):
            striding = 0 if self.knob("stride_position", "first") == "first" else stage["blocks"] - 1
            for block in range(stage["blocks"]):
                own = stage.get("dilation", 1)
                x = self.block(x, f"layer{index + 1}.{block}", index, block, stage["stride"] if block == striding else 1,
                               dilation if block == 0 else own)
            dilation = own
        if self.kind(self.stages[-1]).startswith("pre"):
            x = self.norm(x, "norm").relu()
        mean, peak = x.mean((2, 3)), x.amax((2, 3))
        x = {"avg": mean, "max": peak, "avgmax": (mean + peak) / 2, "catavgmax": torch.cat([mean, peak], 1)}[
            self.knob("global_pool", "avg")]
        head = self.knob("head", {"kind": "linear"})
        names, widths = ([], []) if head["kind"] == "none" else (["fc"], [self.d["classes"]])
        if head["kind"] == "mlp":
            widths = head["widths"] + widths
            names = [f"fc.{3 * i + 1}" for i in range(len(widths))]
        for i, (name, width) in enumerate(zip(names, widths)):
            x = F.linear(x, self.store.get(name + ".weight", (width, x.shape[1]), "weight"),
                         self.store.get(name + ".bias", (width,), "shift"))
            x = x if i == len(names) - 1 else x.relu()
        return x


def cifar(block, blocks, widths, stem=None, shortcut="projection", classes=10):
    """A net of three or four stages for images of 32×32."""
    return {"input": {"height": 32, "width": 32}, "stem": {"kind": "conv3x3", "widths": [stem or widths[0]], "pool": False},
            "stages": [{"blocks": n, "width": w, "stride": 2 if i else 1} for i, (n, w) in enumerate(zip(blocks, widths))],
            "block": block, "shortcut": shortcut, "classes": classes}

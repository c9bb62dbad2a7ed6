#!/usr/bin/env python3
"""Writes the weights of a PyTorch network as a raw float export, which `reszoo convert` reads.

SOURCE is a .pth/.th/.pt file, torchvision:NAME[.WEIGHTS] or timm:NAME. The folder DIR then holds

  weights.bin    float32, little-endian, one tensor after the other, nothing between them
  manifest.json  format, version, architecture (a preset's name or a descriptor), classes, preprocessing
                 (a preset's name, a record or null), labels, source, and for each tensor its name, shape,
                 dtype, offset and bytes

Tensors keep the names that the source gives them; `reszoo convert` maps them. Files need the standard library
alone, and nothing in them is ever run; torchvision:NAME and timm:NAME need those packages and PyTorch.

  tools/export_pytorch.py resnet50-0676ba61.pth --output raw
  tools/export_pytorch.py net.th --arch cifar_resnet20 --preset cifar10 --labels names.txt --output raw
  tools/export_pytorch.py timm:resnet50.a1_in1k --pretrained --output raw

Exit codes: 0 done, 2 nothing was written and standard error says why.
"""
import argparse
import ctypes
import hashlib
import json
import math
import os
import shutil
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import pytorch_file  # noqa: E402
from pytorch_file import PyTorchFileError, shown  # noqa: E402

# The presets of Sources/ModelDescriptor/Presets+*.swift; ExportScriptTests compares the two.
ARCHITECTURES = """
    resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d resnext101_32x8d resnext101_64x4d wide_resnet50_2
    wide_resnet101_2 cifar_resnet20 cifar_resnet32 cifar_resnet44 cifar_resnet56 cifar_resnet110 cifar_resnet1202
    cifar_plain20 cifar_plain32 cifar_plain44 cifar_plain56 cifar_preresnet20 cifar_preresnet32 cifar_preresnet44
    cifar_preresnet56 cifar_preresnet110 cifar_preresnet164 cifar_preresnet1001 constant_plain8 constant_plain32
    constant_resnet8 constant_resnet32 small_resnet18 resnet18_cifar
    preact_resnet18 wrn_16_4 wrn_16_8 wrn_28_10 wrn_40_2 wrn_40_4 resnet10t resnet14t resnet18d resnet26 resnet26d
    resnet26t resnet34d resnet50c resnet50d resnet50s resnet50t resnet50_gn resnet101c resnet101d resnet101s
    resnet152c resnet152d resnet152s resnet200 resnet200d resnext50d_32x4d resnext101_32x4d resnext101_32x16d
    resnext101_32x32d resnetaa34d resnetaa50 resnetaa50d resnetaa101d resnetblur18 resnetblur50 resnetblur50d
    resnetblur101d seresnet18 seresnet34 seresnet50 seresnet50t seresnet101 seresnet152 seresnet152d seresnet200d
    seresnet269d seresnext26d_32x4d seresnext26t_32x4d seresnext50_32x4d seresnext101_32x4d seresnext101_32x8d
    seresnext101d_32x8d seresnext101_64x4d seresnetaa50d seresnextaa101d_32x8d seresnextaa201d_32x8d senet154
    ecaresnet26t ecaresnet50d ecaresnet50d_pruned ecaresnet50t ecaresnetlight ecaresnet101d ecaresnet101d_pruned
    ecaresnet200d ecaresnet269d ecaresnext26t_32x4d ecaresnext50t_32x4d resnetrs50 resnetrs101 resnetrs152 resnetrs200
    resnetrs270 resnetrs350 resnetrs420 test_resnet resnetv2_18 resnetv2_18d resnetv2_34 resnetv2_34d resnetv2_50
    resnetv2_50d resnetv2_50t resnetv2_50d_gn resnetv2_101 resnetv2_101d resnetv2_152 resnetv2_152d resnetv2_50x1_bit
    resnetv2_50x3_bit resnetv2_101x1_bit resnetv2_101x3_bit resnetv2_152x2_bit resnetv2_152x4_bit
""".split()
PRESETS = ("imagenet", "imagenet-v2", "cifar10")
# Where training scripts put the weights, in the order in which they are looked for.
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "model_ema")


class ExportError(Exception):
    """What is wrong and what to do, in one line."""


def note(text):
    print(f"note: {text}", file=sys.stderr)


def brief(error):
    """An exception's first line, cut where it gets long."""
    line = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {line[:160]}"


def plural(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"


# --- The options' files -----------------------------------------------------------------------------------


def read_json(path, what):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise ExportError(f"{path}: cannot read the {what}: {error.strerror}")
    except ValueError as error:
        raise ExportError(f"{path}: the {what} is not JSON: {error}")


def read_object(path, what):
    value = read_json(path, what)
    if not isinstance(value, dict):
        raise ExportError(f"{path}: the {what} must be a JSON object")
    return value


def read_labels(path):
    """A JSON array of names, or one name a line."""
    if path.endswith(".json"):
        labels = read_json(path, "labels")
    else:
        try:
            with open(path, encoding="utf-8-sig") as file:
                labels = file.read().rstrip().splitlines()
        except OSError as error:
            raise ExportError(f"{path}: cannot read the labels: {error.strerror}")
        except UnicodeDecodeError:
            raise ExportError(f"{path}: the labels are not UTF-8 text")
        labels = [label.strip() for label in labels]
    if not isinstance(labels, list) or not labels or not all(isinstance(l, str) and l for l in labels):
        raise ExportError(f"{path}: labels are one name a line, or a JSON array of names, none of them empty")
    return labels


def preprocessing_option(preset):
    if preset is None or preset in PRESETS:
        return preset
    if not preset.endswith(".json"):
        raise ExportError(f"--preset {preset}: there are {', '.join(PRESETS)}, or give a FILE.json")
    return read_object(preset, "preprocessing record")


def architecture_option(name):
    if name is None or name in ARCHITECTURES:
        return name
    if name.endswith(".json"):
        return read_object(name, "architecture descriptor")
    raise ExportError(f"--arch {name}: there is no such architecture; 'reszoo architectures' lists all, "
                      "or give a descriptor as FILE.json")


# --- Sources ----------------------------------------------------------------------------------------------


class Source:
    """A state dict and what is known about it."""

    def __init__(self, state, name, architecture=None, preprocessing=None, labels=None, sha256=None,
                 license=None, seed=None):
        self.state = state
        self.architecture = architecture
        self.preprocessing = preprocessing
        self.labels = labels
        self.record = {"name": name, "sha256": sha256, "license": license, "seed": seed}


def file_digest(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def find_state(value, key, path):
    """The mapping of names to tensors within what a file holds."""
    def tensors(value):
        return isinstance(value, dict) and any(isinstance(v, pytorch_file.Tensor) for v in value.values())

    if key is not None:
        if not isinstance(value, dict) or key not in value:
            keys = ", ".join(map(shown, list(value)[:8])) if isinstance(value, dict) else "none"
            raise ExportError(f"{path}: there is no entry '{key}' (there are: {keys})")
        value = value[key]
    for _ in range(3):  # A wrapper may hold another.
        wrapper = next((w for w in WRAPPERS if isinstance(value, dict) and isinstance(value.get(w), dict)), None)
        if wrapper is None or tensors(value) and not tensors(value[wrapper]):
            break
        note(f"the weights are those of the entry '{wrapper}'")
        value = value[wrapper]
    if not tensors(value):
        held = [value] if not isinstance(value, dict) else [value.get(w) for w in WRAPPERS]
        pickled = next((v for v in held if isinstance(v, pytorch_file.Opaque)), None)
        if pickled is not None:
            raise ExportError(f"{path}: it holds a pickled {shown(pickled.name)}, not its weights: save its "
                              "state_dict() with PyTorch")
        raise ExportError(f"{path}: there are no tensors in it; --state-dict-key names the entry that has them")
    return value


def architecture_hint(value, path):
    """The architecture that a checkpoint or its file name tells, as torchvision's scripts write them."""
    told = value.get("arch") if isinstance(value, dict) else None
    if isinstance(told, str) and told in ARCHITECTURES:
        note(f"the architecture is {told}, as the checkpoint says")
        return told
    guess = os.path.basename(path).split("-")[0].split(".")[0]
    if guess in ARCHITECTURES:
        note(f"the architecture is {guess}, as the file's name says")
        return guess
    return None


def open_file(options):
    path = options.source
    if not os.path.exists(path):
        raise ExportError(f"{path}: there is no such file")
    if not os.path.isfile(path):
        raise ExportError(f"{path}: not a file")
    try:
        sha256 = file_digest(path)
        checkpoint = pytorch_file.read(path)
    except OSError as error:
        raise ExportError(f"{path}: cannot be read: {error.strerror}")
    except PyTorchFileError as error:
        raise ExportError(f"{path}: {error}")
    for text in checkpoint.notes:
        note(text)
    state = find_state(checkpoint.value, options.state_dict_key, path)
    # A view may claim more elements than are stored; shared storages are usual, but not many times over.
    claimed = sum(t.size for t in state.values() if isinstance(t, pytorch_file.Tensor))
    if claimed > 4 * checkpoint.storage_size:
        raise ExportError(f"{path}: its tensors claim {claimed} bytes of {checkpoint.storage_size} that it stores")
    architecture = options.arch or architecture_hint(checkpoint.value, path)
    name = os.fsencode(os.path.basename(path)).decode(errors="replace")
    return Source(state, name, architecture, sha256=sha256)


class TorchTensor:
    """A tensor of PyTorch's with the face of those that files hold."""

    def __init__(self, tensor):
        self.tensor = tensor.detach()
        self.dtype, self.shape = str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape)

    def float32(self):
        import torch
        self.tensor = self.tensor.to("cpu", torch.float32).contiguous()  # Kept, for the buffer is its memory.
        size = 4 * self.tensor.numel()
        return (ctypes.c_char * size).from_address(self.tensor.data_ptr()) if size else b""


def state_of(model):
    return {name: TorchTensor(tensor) for name, tensor in model.state_dict().items()}


def network_arguments(options):
    return {} if options.num_classes is None else {"num_classes": options.num_classes}


def open_torchvision(options, name):
    models = import_module("torchvision").models
    name, _, tag = name.partition(".")
    if name not in models.list_models() or name not in ARCHITECTURES:
        raise ExportError(f"{options.source}: not a residual network of torchvision that reszoo knows")
    if not options.pretrained:
        model = models.get_model(name, weights=None, **network_arguments(options))
        return Source(state_of(model), options.source, name, seed=options.seed)
    weights = models.get_model_weights(name)
    if tag and tag not in weights.__members__:
        raise ExportError(f"{options.source}: there is no '{tag}'; there are {', '.join(weights.__members__)}")
    weights = weights[tag] if tag else weights.DEFAULT
    transform = weights.transforms()
    record = {
        "input_size": [3, transform.crop_size[0], transform.crop_size[0]], "resize": transform.resize_size[0],
        "crop": transform.crop_size[0], "crop_mode": "center", "interpolation": transform.interpolation.value,
        "mean": transform.mean, "std": transform.std,
    }
    return Source(state_of(models.get_model(name, weights=weights)), f"torchvision:{name}.{weights.name}", name,
                  record, weights.meta.get("categories"))


def open_timm(options, name):
    timm = import_module("timm")
    architecture = name.split(".")[0]
    if not timm.is_model(architecture) or architecture not in ARCHITECTURES:
        raise ExportError(f"{options.source}: not a residual network of timm that reszoo knows")
    model = timm.create_model(name, pretrained=options.pretrained, **network_arguments(options))
    if not options.pretrained:
        return Source(state_of(model), options.source, architecture, seed=options.seed)
    data = timm.data.resolve_model_data_config(model)
    size = data["input_size"]
    is_square = size[1] == size[2]
    record = {
        "input_size": list(size), "resize": math.floor(size[1] / data["crop_pct"]) if is_square else None,
        "crop": size[1] if is_square else None, "crop_mode": data["crop_mode"],
        "interpolation": data["interpolation"], "mean": list(data["mean"]), "std": list(data["std"]),
    }
    config = model.pretrained_cfg
    tagged = f"timm:{config['architecture']}.{config['tag']}" if config.get("tag") else options.source
    return Source(state_of(model), tagged, architecture, record, license=config.get("license"))


def import_module(name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return __import__(name)
    except ImportError:
        raise ExportError(f"the Python package '{name}' is missing: python3 -m pip install {name}")


def open_source(options):
    kind, separator, name = options.source.partition(":")
    if not separator or kind not in ("torchvision", "timm"):
        if options.pretrained:
            raise ExportError("--pretrained goes with torchvision:NAME and timm:NAME only")
        return open_file(options)
    if options.pretrained and options.num_classes is not None:
        raise ExportError("--pretrained weights come with their own number of classes: leave out --num-classes")
    import_module("torch").manual_seed(options.seed)
    try:
        source = (open_torchvision if kind == "torchvision" else open_timm)(options, name)
    except ExportError:
        raise
    except Exception as error:  # A failed download, or a number of classes that the weights do not have.
        raise ExportError(f"{options.source}: {brief(error)}")
    source.architecture = options.arch or source.architecture
    if not options.pretrained:
        note(f"the weights are random (seed {options.seed}); --pretrained gets trained ones")
    return source


# --- Tensors ----------------------------------------------------------------------------------------------


def exported_tensors(state, source_name):
    """Names, shapes and float32 bytes, one at a time; what is converted or left out is told at the end."""
    converted, left_out = {}, {}
    for name, value in state.items():
        if not isinstance(name, str) or not name.isprintable():
            raise ExportError(f"{source_name}: a tensor's name is {ascii(name)[:80]}, not a text")
        if not isinstance(value, (pytorch_file.Tensor, TorchTensor)):
            left_out.setdefault(shown(getattr(value, "name", type(value).__name__)), []).append(name)
            continue
        if value.dtype.startswith(("int", "uint", "bool")):
            left_out.setdefault(value.dtype, []).append(name)
            continue
        if value.dtype not in pytorch_file.FLOATS:
            raise ExportError(f"{source_name}: {shown(name)} is a {value.dtype} tensor; "
                              f"those that can be exported are {', '.join(pytorch_file.FLOATS)}")
        if value.dtype != "float32":
            converted.setdefault(value.dtype, []).append(name)
        try:
            yield name, value.shape, value.float32()
        except PyTorchFileError as error:
            raise ExportError(f"{source_name}: {error}")
    for dtype, names in converted.items():
        note(f"{plural(len(names), dtype + ' tensor')} converted to float32")
    for dtype, names in left_out.items():
        endings = sorted({name.split(".")[-1] for name in names})
        note(f"{plural(len(names), dtype + ' item')} left out: "
             f"{', '.join(map(shown, endings[:4]))}{' …' if len(endings) > 4 else ''}")


def write_tensors(tensors, path):
    entries, offset = [], 0
    with open(path, "wb") as file:
        for name, shape, content in tensors:
            size = 4 * math.prod(shape)
            file.write(content)
            entries.append({"name": name, "shape": list(shape), "dtype": "float32",
                            "offset": offset, "bytes": size})
            offset += size
        file.flush()
        os.fsync(file.fileno())
    return entries, offset


# --- The folder -------------------------------------------------------------------------------------------


def check_output(path):
    """Refuses to replace anything but an empty folder or an earlier export."""
    parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        raise ExportError(f"{parent}: there is no such folder to put the export in")
    if not os.path.lexists(path):
        return
    if not os.path.isdir(path):
        raise ExportError(f"{path}: exists and is not a folder")
    entries = os.listdir(path)
    if not entries:
        return
    try:
        with open(os.path.join(path, "manifest.json"), encoding="utf-8") as file:
            is_export = json.load(file).get("format") == "reszoo-raw-export"
    except (OSError, ValueError, AttributeError):
        is_export = False
    if not is_export or set(entries) - {"manifest.json", "weights.bin"}:
        raise ExportError(f"{path}: exists and is not an earlier export; name another folder or remove it")


def replace_folder(new, path):
    """Puts `new` in the place of `path`; an earlier export is there until the new one is complete."""
    if not os.path.exists(path):
        os.rename(new, path)
        return
    old = tempfile.mkdtemp(prefix=".", suffix=".old", dir=os.path.dirname(path))
    os.rename(path, old)
    try:
        os.rename(new, path)
    except OSError:
        os.rename(old, path)
        raise
    shutil.rmtree(old)


def write_export(options, source, architecture, preprocessing, labels):
    path = os.path.realpath(options.output)
    check_output(path)
    temporary = None
    try:
        temporary = tempfile.mkdtemp(prefix=".", suffix=".partial", dir=os.path.dirname(path))
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o777 & ~umask)
        tensors = exported_tensors(source.state, options.source)
        entries, size = write_tensors(tensors, os.path.join(temporary, "weights.bin"))
        if not entries:
            raise ExportError(f"{options.source}: there are no floating-point tensors in it")
        manifest = {
            "format": "reszoo-raw-export", "version": 1, "architecture": architecture,
            "classes": options.num_classes, "preprocessing": preprocessing, "labels": labels,
            "source": source.record, "tensors": entries,
        }
        with open(os.path.join(temporary, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        replace_folder(temporary, path)
    except OSError as error:
        raise ExportError(f"{options.output}: cannot be written: {error.strerror}")
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return len(entries), size


# --- The command ------------------------------------------------------------------------------------------


def whole_number(smallest):
    def parse(text):
        number = int(text)
        if number < smallest:
            raise ValueError
        return number
    parse.__name__ = "whole number"
    return parse


def parse_options(arguments):
    introduction, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        usage="export_pytorch.py SOURCE --output DIR [options]", description=introduction, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    add = parser.add_argument
    add("source", metavar="SOURCE", help="a .pth/.th/.pt file, torchvision:NAME[.WEIGHTS] or timm:NAME")
    add("--output", metavar="DIR", required=True, help="the folder to write; an earlier export is replaced")
    add("--arch", metavar="NAME", help="a reszoo architecture, or a descriptor as FILE.json")
    add("--preset", metavar="P", help=f"preprocessing: {', '.join(PRESETS)}, or a record as FILE.json")
    add("--labels", metavar="FILE", help="class names, one a line or as a JSON array")
    add("--num-classes", metavar="N", type=whole_number(1), help="number of classes")
    add("--pretrained", "--weights", action="store_true", help="trained weights (may download them)")
    add("--seed", metavar="S", type=whole_number(0), default=0, help="seed of random weights (default 0)")
    add("--license", metavar="TEXT", help="the weights' licence, as an SPDX identifier where there is one")
    add("--state-dict-key", metavar="K", help="the entry of the file that holds the weights")
    return parser.parse_args(arguments)


def export(options):
    options.arch = architecture_option(options.arch)
    preprocessing = preprocessing_option(options.preset)
    labels = read_labels(options.labels) if options.labels else None
    if sys.byteorder != "little":
        raise ExportError("this tool runs on little-endian machines only")
    check_output(os.path.realpath(options.output))
    source = open_source(options)
    if source.architecture is None:
        raise ExportError(f"{options.source}: nothing tells its architecture; name it with --arch "
                          "('reszoo architectures' lists all)")
    source.record["license"] = options.license or source.record["license"]
    count, size = write_export(options, source, source.architecture, preprocessing or source.preprocessing,
                               labels or source.labels)
    architecture = source.architecture if isinstance(source.architecture, str) else "a descriptor"
    print(f"{options.output}: {plural(count, 'tensor')}, {size} bytes, {architecture}")


def main():
    try:
        export(parse_options(sys.argv[1:]))
    except ExportError as error:
        print(f"export_pytorch: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print("export_pytorch: not enough memory for these weights", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

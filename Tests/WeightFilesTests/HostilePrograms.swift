import WeightFiles

/// Pickles whose names are all on the list, and which Python sees otherwise than they look.
enum HostilePrograms {
  static let all: [HostileFile] = attributes + states + dictionaries + modules

  private static func beside(_ label: String, _ code: WeightFileError.Code, _ value: [UInt8]) -> HostileFile {
    HostileFile(label, code, pickle: Pickle.file(beside: value))
  }

  // MARK: Attributes

  static func attribute(_ name: String, of owner: [UInt8]) -> [UInt8] {
    Pickle.calling("builtins.getattr", [owner, Pickle.text(name)])
  }

  private static let layer = Pickle.global("torch.nn.modules.linear.Linear")
  private static let kind = attribute("Kind", of: Pickle.global("net.Block"))
  private static let space = Pickle.calling("argparse.Namespace", [])
  private static let new: [UInt8] = Pickle.emptyTuple + [0x81]

  private static let attributes: [HostileFile] =
    [
      beside("the class of a class", .forbiddenGlobal, attribute("__class__", of: layer)),
      beside("the method that makes a layer", .forbiddenGlobal, attribute("__init__", of: layer)),
      beside(
        "an attribute of an object", .forbiddenGlobal,
        attribute("f", of: space + Pickle.dict([("f", Pickle.none)]) + Pickle.build)),
      beside("an attribute of an attribute", .forbiddenGlobal, attribute("Kind", of: kind)),
      beside("an attribute of a text", .forbiddenGlobal, attribute("format", of: Pickle.text("x"))),
      beside("an attribute of a dictionary", .forbiddenGlobal, attribute("items", of: Pickle.dict([]))),
      beside("a way of attributes", .forbiddenGlobal, attribute("Kind.mro", of: Pickle.global("net.Block"))),
      beside(
        "a function within a class is called", .forbiddenGlobal,
        attribute("load", of: Pickle.global("net.Block")) + Pickle.tuple([Pickle.text("x")]) + Pickle.call),
      beside(
        "a class within a class is called with an object", .forbiddenGlobal,
        kind + Pickle.tuple([space]) + Pickle.call),
      beside(
        "an object of a library's attribute", .forbiddenGlobal,
        attribute("Inner", of: Pickle.global("torchvision.models.resnet.Outer")) + new),
      beside(
        "an object of a function within a class", .forbiddenGlobal,
        attribute("load", of: Pickle.global("net.Block")) + new),
      beside("an object of a call's result", .forbiddenGlobal, space + new),
      beside("an object of a function", .forbiddenGlobal, Pickle.global("_codecs.encode") + new),
    ]
    + ["copyreg.__newobj__", "copyreg.__newobj_ex__", "copyreg._reconstructor"].map { maker in
      beside(
        "an object of an attribute by \(maker)", .forbiddenGlobal,
        Pickle.calling(maker, [kind, Pickle.emptyTuple, Pickle.dict([])]))
    } + [
      beside("a state for an attribute", .forbiddenGlobal, kind + Pickle.dict([]) + Pickle.build),
      beside("a state for a class", .forbiddenGlobal, layer + Pickle.dict([]) + Pickle.build),
      beside(
        "a state for a module", .forbiddenGlobal,
        Pickle.text("torch") + Pickle.text("nn.functional") + [0x93] + Pickle.dict([]) + Pickle.build),
      beside(
        "a state for a value of an enumeration", .deceptivePickle,
        kind + Pickle.ints([1]) + Pickle.call + Pickle.dict([]) + Pickle.build),
      beside(
        "a state for a device", .deceptivePickle,
        Pickle.calling("torch.device", [Pickle.text("cpu")]) + Pickle.dict([]) + Pickle.build),
      beside(
        "an attribute in the place of what unpickling calls", .forbiddenGlobal,
        space + Pickle.dict([("__setstate__", kind)]) + Pickle.build),
      beside(
        "an attribute that makes what a dictionary has not", .deceptivePickle,
        Pickle.calling("collections.defaultdict", [kind])),
      HostileFile(
        "an attribute as the tensor of a layer", .forbiddenGlobal,
        pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor()), ("fc.weight", kind)]))),
    ]

  // MARK: States

  private static let flag: [UInt8] = [0x88]
  private static let emptyParameter = Pickle.calling("torch.nn.parameter.Parameter", [Pickle.none, flag])

  private static let data = Pickle.dict([("data", Pickle.tensor())])

  private static func named(_ label: String, _ value: [UInt8]) -> HostileFile {
    HostileFile(label, .unsupportedTensor, pickle: Pickle.file(Pickle.dict([("w", value)])))
  }

  private static let states: [HostileFile] = [
    beside(
      "another tensor, a place and a shape as the state of a tensor", .deceptivePickle,
      Pickle.tensor() + Pickle.tuple([Pickle.tensor(), Pickle.int(0), Pickle.ints([4])]) + Pickle.build),
    beside(
      "four parts as the state of a parameter", .deceptivePickle,
      emptyParameter + Pickle.tuple([Pickle.tensor(), Pickle.int(0), Pickle.ints([4]), Pickle.ints([1])])
        + Pickle.build),
    beside(
      "five parts without flags as the state of a parameter", .deceptivePickle,
      emptyParameter + Pickle.tuple([Pickle.tensor()] + Array(repeating: Pickle.none, count: 4))
        + Pickle.build),
    named(
      "a parameter with a chain of dictionaries as its attributes",
      Pickle.calling(
        "torch._utils._rebuild_parameter_with_state",
        [Pickle.tensor(), flag, dictionary, Pickle.calling("collections.ChainMap", [data])])),
    named(
      "a parameter with attributes in a list",
      Pickle.calling(
        "torch._utils._rebuild_parameter_with_state",
        [Pickle.tensor(), flag, dictionary, Pickle.tuple([data, Pickle.list([])])])),
    named(
      "a tensor of a derived type with a dictionary of somebody's own as its attributes",
      Pickle.calling(
        "torch._tensor._rebuild_from_type_v2",
        [
          Pickle.global("torch._utils._rebuild_tensor_v2"), Pickle.global("torch.Tensor"),
          Pickle.tuple([
            Pickle.storage(), Pickle.int(0), Pickle.ints([4]), Pickle.ints([1]), flag, dictionary,
          ]),
          Pickle.calling("collections.UserDict", [data]),
        ])),
    beside(
      "a parameter of a number", .malformedPickle,
      Pickle.calling("torch.nn.parameter.Parameter", [Pickle.int(1)])),
    beside(
      "a name that is made, in a state", .deceptivePickle,
      space + [0x7D] + Pickle.calling("net.Text", [Pickle.text("a")]) + Pickle.none + [0x73] + Pickle.build),
    beside(
      "a list that is changed after a call took it", .deceptivePickle,
      Pickle.list([]) + [0x71, 0, 0x30] + Pickle.global("builtins.set") + [0x68, 0, 0x85] + Pickle.call
        + [0x30, 0x68, 0] + Pickle.none + [0x61]),
    beside(
      "a state that is changed after it was taken", .deceptivePickle,
      space + Pickle.dict([]) + [0x71, 0] + Pickle.build + [0x30, 0x68, 0] + Pickle.text("a") + Pickle.none
        + [0x73]),
  ]

  // MARK: Dictionaries

  private static let dictionary = Pickle.calling("collections.OrderedDict", [])
  private static let pairs = Pickle.list([Pickle.tuple([Pickle.text("a"), Pickle.int(1)])])

  private static let dictionaries: [HostileFile] = [
    HostileFile(
      "a key that is made", .deceptivePickle,
      pickle: Pickle.file(
        [0x7D, 0x28] + Pickle.text("w") + Pickle.tensor() + Pickle.calling("net.Text", [Pickle.text("w")])
          + Pickle.tensor() + [0x75])),
    HostileFile(
      "a key that is a name", .deceptivePickle,
      pickle: Pickle.file(
        [0x7D, 0x28] + Pickle.text("w") + Pickle.tensor() + Pickle.global("string.digits") + Pickle.none + [
          0x75
        ])),
    HostileFile(
      "a key twice, the second time without a tensor", .duplicateTensor,
      pickle: Pickle.file(Pickle.dict([("w", Pickle.tensor()), ("w", Pickle.none), ("v", Pickle.tensor())]))),
    HostileFile(
      "a dictionary of somebody's own with attributes", .malformedPickle,
      pickle: Pickle.file(
        Pickle.calling("net.Table", []) + [0x28] + Pickle.text("w") + Pickle.tensor() + [0x75]
          + Pickle.dict([("keys", Pickle.none)]) + Pickle.build)),
    beside(
      "a dictionary with an attribute", .forbiddenGlobal,
      dictionary + Pickle.dict([("a", Pickle.none)]) + Pickle.build),
    beside("pairs as the state of a dictionary", .forbiddenGlobal, dictionary + pairs + Pickle.build),
    beside(
      "a tuple of pairs as the state of a dictionary", .forbiddenGlobal,
      dictionary + Pickle.tuple([Pickle.tuple([Pickle.text("_metadata"), Pickle.dict([])])]) + Pickle.build),
    beside(
      "a dictionary that is made without a call, of elements", .deceptivePickle,
      Pickle.global("collections.OrderedDict") + Pickle.tuple([Pickle.dict([])]) + [0x81]),
    beside("a counter of pairs", .deceptivePickle, Pickle.calling("collections.Counter", [pairs])),
    beside(
      "a dictionary of texts", .deceptivePickle,
      Pickle.calling("collections.OrderedDict", [Pickle.list([Pickle.text("ab")])])),
    beside(
      "a dictionary of two things", .deceptivePickle,
      Pickle.calling("collections.OrderedDict", [pairs, pairs])),
  ]

  // MARK: Modules

  typealias Attributes = [(String, [UInt8])]

  /// A layer of the class with tables, and with what is put among its attributes.
  static func module(
    _ name: String = "torch.nn.modules.batchnorm.BatchNorm2d",
    parameters: Attributes = [("weight", Pickle.tensor())],
    buffers: Attributes = [], children: Attributes = [], with attributes: Attributes = [], more: [UInt8] = []
  ) -> [UInt8] {
    Pickle.global(name) + new
      + Pickle.dict(
        [
          ("_parameters", Pickle.dict(parameters)), ("_buffers", Pickle.dict(buffers)),
          ("_modules", Pickle.dict(children)),
        ] + attributes)
      + (more.isEmpty ? [] : more + [0x73]) + Pickle.build
  }

  private static let inner = module()
  private static func whole(_ label: String, _ module: [UInt8]) -> HostileFile {
    HostileFile("a module " + label, .deceptivePickle, pickle: Pickle.file(module))
  }
  private static func hooked(_ name: String, _ weight: String, _ parameters: [String]) -> [UInt8] {
    module(
      "torch.nn.modules.conv.Conv2d", parameters: parameters.map { ($0, Pickle.tensor()) },
      with: [
        (
          "_forward_pre_hooks",
          [0x7D] + Pickle.int(0) + Pickle.global(name) + new
            + Pickle.dict([(name.contains("prune") ? "_tensor_name" : "name", Pickle.text(weight))])
            + Pickle.build
            + [0x73]
        )
      ])
  }

  /// A layer whose weight is divided by its largest singular value, with the settings of the hook that does so.
  static func spectral(_ settings: Attributes) -> [UInt8] {
    let hook =
      Pickle.global("torch.nn.utils.spectral_norm.SpectralNorm") + new
      + Pickle.dict([("name", Pickle.text("weight"))] + settings) + Pickle.build
    let vectors = ["weight_u", "weight_v"].map { ($0, Pickle.tensor(size: [2])) }
    return module(
      "torch.nn.modules.conv.Conv2d",
      parameters: [("weight_orig", Pickle.tensor(size: [2, 2], stride: [2, 1]))], buffers: vectors,
      with: [("_forward_pre_hooks", [0x7D] + Pickle.int(0) + hook + [0x73])])
  }

  /// A layer whose weight has a norm for each index of one axis, with the settings of the hook that computes it.
  static func normed(_ magnitude: [Int], _ direction: [Int], _ settings: Attributes) -> [UInt8] {
    func tensor(_ size: [Int]) -> [UInt8] { Pickle.tensor(size: size, stride: size.map { _ in 1 }) }
    let hook =
      Pickle.global("torch.nn.utils.weight_norm.WeightNorm") + new
      + Pickle.dict([("name", Pickle.text("weight"))] + settings) + Pickle.build
    return module(
      "torch.nn.modules.conv.Conv2d",
      parameters: [("weight_g", tensor(magnitude)), ("weight_v", tensor(direction))],
      with: [("_forward_pre_hooks", [0x7D] + Pickle.int(0) + hook + [0x73])])
  }

  private static let modules: [HostileFile] = [
    whole("with a parameter among its attributes", module(with: [("weight", Pickle.tensor())])),
    whole("with a tensor outside of its tables", module(with: [("bias", Pickle.tensor())])),
    whole(
      "with None before a buffer",
      module(parameters: [("bias", Pickle.none)], buffers: [("bias", Pickle.tensor())])),
    whole(
      "with a module among its attributes",
      module("net.Net", children: [("relu", inner)], with: [("relu", Pickle.none)])),
    whole("with a module outside of its table", module("net.Net", with: [("downsample", inner)])),
    whole(
      "with a function as its shortcut",
      module("torchvision.models.resnet.BasicBlock", with: [("downsample", Pickle.global("torch.tanh"))])),
    whole(
      "with an object's attribute as its shortcut",
      module(
        "torchvision.models.resnet.BasicBlock",
        with: [("downsample", attribute("f", of: Pickle.calling("net.Thing", [])))])),
    whole(
      "with a function in the place of a stub",
      module(
        "torchvision.models.quantization.resnet.QuantizableResNet",
        with: [("quant", Pickle.global("torch.nn.functional.tanh"))])),
    whole(
      "with a function as the method of a sum",
      module(
        "torch.ao.nn.quantized.modules.functional_modules.FloatFunctional",
        with: [("add_relu", Pickle.global("torch.nn.functional.tanh"))])),
    whole(
      "with a function as the gate of its channels",
      module("timm.layers.eca.EcaModule", with: [("gate", Pickle.global("torch.tanh"))])),
    whole(
      "with an object as a shortcut of another library",
      module(
        "transformers.models.resnet.modeling_resnet.ResNetBasicLayer",
        with: [("shortcut", Pickle.calling("net.Thing", []))])),
    whole(
      "with a child that is no module", module("net.Net", children: [("a", Pickle.calling("net.Layer", []))])),
    whole(
      "that gets another one after its state",
      module("torch.nn.modules.container.Sequential", children: [("0", inner)]) + inner + [0x61]),
    whole(
      "that is called with arguments",
      Pickle.calling("torch.nn.modules.batchnorm.BatchNorm2d", [Pickle.int(4), Pickle.int(9)])
        + Pickle.dict([
          ("_parameters", Pickle.dict([("weight", Pickle.tensor())])), ("_buffers", Pickle.dict([])),
          ("_modules", Pickle.dict([])),
        ]) + Pickle.build),
    whole("with an attribute twice", module(with: [("eps", Pickle.int(1)), ("eps", Pickle.int(2))])),
    whole("with two children of a name", module("net.Net", children: [("a", inner), ("a", inner)])),
    whole(
      "with a name that is a number", module(more: Pickle.int(1) + Pickle.none)),
    whole("with hooks in a list", module(with: [("_forward_hooks", Pickle.list([]))])),
    whole("with hooks in a module", module(with: [("_forward_pre_hooks", inner)])),
    whole("with parameters in a list", module(with: [("_parameters", Pickle.list([]))])),
    whole(
      "with a layer's buffer that is not saved",
      module(
        buffers: [("bias", Pickle.tensor())],
        with: [("_non_persistent_buffers_set", Pickle.list([Pickle.text("bias")]))])),
    whole(
      "with a buffer of timm's layer that is not saved",
      module(
        "timm.layers.norm_act.BatchNormAct2d", buffers: [("bias", Pickle.tensor())],
        with: [("_non_persistent_buffers_set", Pickle.list([Pickle.text("bias")]))])),
    whole(
      "of the short name of a class with a buffer that is not saved",
      module(
        "torch.nn.BatchNorm2d", buffers: [("bias", Pickle.tensor())],
        with: [("_non_persistent_buffers_set", Pickle.list([Pickle.text("bias")]))])),
    whole(
      "with a hook for a weight of its tables",
      hooked("torch.nn.utils.weight_norm.WeightNorm", "weight", ["weight"])),
    whole(
      "with a hook without its tensors",
      hooked("torch.nn.utils.prune.RandomUnstructured", "weight", ["weight_orig"])),
    whole(
      "with norms of the first axis and a hook for the second",
      normed([2, 1], [2, 2], [("dim", Pickle.int(1))])),
    whole(
      "with norms of the first axis and a hook for the whole",
      normed([2, 1], [2, 2], [("dim", Pickle.int(-1))])),
    whole("with one norm and a hook for the first axis", normed([1, 1], [2, 2], [("dim", Pickle.int(0))])),
    whole("with a hook for an axis that is not there", normed([2, 1], [2, 2], [("dim", Pickle.int(2))])),
    whole(
      "with a hook for an axis that is made",
      normed([2, 1], [2, 2], [("dim", Pickle.calling("net.Axis", []))])),
    whole("with a hook without an axis", normed([2, 1], [2, 2], [])),
    whole(
      "with a hook of two axes", normed([2, 1], [2, 2], [("dim", Pickle.int(0)), ("dim", Pickle.int(1))])),
    whole(
      "with a hook whose method is replaced",
      normed([2, 1], [2, 2], [("dim", Pickle.int(0)), ("compute_weight", Pickle.global("torch.zeros"))])),
    whole(
      "with two hooks of one number",
      module(with: [
        ("_forward_hooks", [0x7D] + [Pickle.none, Pickle.none].flatMap { Pickle.int(0) + $0 + [0x73] })
      ])),
    HostileFile(
      "a module with a spectral normalization over another axis", .unsupportedTensor,
      pickle: Pickle.file(spectral([("dim", Pickle.int(1))]))),
    HostileFile(
      "a module with a spectral normalization over no axis", .unsupportedTensor,
      pickle: Pickle.file(spectral([]))
    ),
    HostileFile(
      "a module whose table is changed after it was taken as a state", .deceptivePickle,
      pickle: Pickle.file(
        Pickle.global("net.Net") + new + Pickle.dict([("_parameters", Pickle.dict([("w", Pickle.tensor())]))])
          + [0x71, 0] + Pickle.build + [0x68, 0] + Pickle.text("eps") + Pickle.none + [0x73, 0x30])),
    HostileFile(
      "a module with more attributes than any has", .pickleLimit,
      pickle: Pickle.file(module(with: (0..<600).map { ("a\($0)", Pickle.none) }))),
  ]
}

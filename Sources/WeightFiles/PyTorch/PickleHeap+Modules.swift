/// The form that PyTorch gives modules, and what in one of another form decides its computation without a trace in its tables.
extension PickleHeap {
  /// True for an object whose attributes are those of a module.
  private func isModule(_ value: PickleValue, _ budget: inout Int) -> Bool {
    guard let object = object(value), let attributes = attributes(object) else { return false }
    budget -= attributes.count
    guard budget > 0 else { return false }
    return object.name.hasPrefix("__torch__.") || attributes.contains { string($0.key) == "_parameters" }
  }

  /// The way in which a module's attributes are none that PyTorch writes, as a phrase; nil where they are sound.
  ///
  /// Python looks for a name among the attributes first, and then in the tables of parameters, buffers and modules, in this order. PyTorch
  /// never has a name in two of them, nor a module outside of its table.
  ///
  /// - Parameter budget: the steps that may still be taken, which are counted down.
  func fault(ofModule value: PickleValue, budget: inout Int) -> String? {
    guard let object = object(value), let attributes = attributes(object) else { return nil }
    var places: [String: String] = [:]
    if let fault = fault(ofKeys: attributes, in: "its attributes", &places) { return fault }
    guard !object.name.hasPrefix("__torch__.") else { return nil }
    // PyTorch makes a module without a call and gives it all of its attributes. What a call was given, or what is appended, is in none of these.
    guard tuple(object.arguments)?.isEmpty == true else { return "is made with arguments" }
    guard object.items.isEmpty, object.entries.isEmpty else { return "gets elements beside its attributes" }
    for entry in attributes {
      guard let name = string(entry.key) else { continue }
      let isTable = Self.tables.contains(name)
      guard isTable || Self.hooks.contains(name), entry.value != .none else { continue }
      guard let table = dict(entry.value) else {
        return "keeps '\(name)' in something else than a dictionary"
      }
      budget -= table.count
      guard budget > 0 else { return nil }
      if isTable, let fault = fault(ofKeys: table, in: "'\(name)'", &places) { return fault }
      if let key = repeatedKey(table) { return "has \(key) twice in '\(name)'" }
      guard name == "_modules" else { continue }
      for child in table where child.value != .none && !isModule(child.value, &budget) {
        return
          "has '\(string(child.key) ?? "?")' among its modules, which is none that was saved with its attributes"
      }
    }
    return fault(ofHooks: object, attributes) ?? fault(ofPlain: object, attributes, &budget)
  }

  private func fault(
    ofKeys entries: [PickleEntry], in place: String, _ places: inout [String: String]
  ) -> String? {
    for entry in entries {
      guard let name = string(entry.key) else { return "has a name in \(place) that is no plain text" }
      if let other = places.updateValue(place, forKey: name) {
        return "has '\(name)' twice in \(other)\(other == place ? "" : " and \(place)")"
      }
    }
    return nil
  }

  // MARK: Hooks of PyTorch's own weights

  /// The hooks that compute a weight before a layer runs.
  enum WeightHook {
    case weightNorm, spectralNorm, pruning

    init?(_ className: String) {
      switch className {
      case "torch.nn.utils.weight_norm.WeightNorm": self = .weightNorm
      case "torch.nn.utils.spectral_norm.SpectralNorm": self = .spectralNorm
      case _ where className.hasPrefix("torch.nn.utils.prune."): self = .pruning
      default: return nil
      }
    }

    /// The attribute that says which weight it computes.
    var attribute: String { self == .pruning ? "_tensor_name" : "name" }

    /// The tensors that it computes from, by what follows the weight's name.
    var parts: [String] {
      switch self {
      case .weightNorm: ["_g", "_v"]
      case .spectralNorm: ["_orig", "_u"]
      case .pruning: ["_orig", "_mask"]
      }
    }
  }

  /// The hook that an object is, and the weight that it computes; nil of others.
  func weightHook(_ value: PickleValue) -> (hook: WeightHook, weight: String?)? {
    guard let object = object(value), let hook = WeightHook(object.name) else { return nil }
    let entry = attributes(object)?.last { string($0.key) == hook.attribute }
    return (hook, entry.flatMap { string($0.value) })
  }

  private func fault(ofHooks object: PickleObject, _ attributes: [PickleEntry]) -> String? {
    let hooks = table("_forward_pre_hooks", attributes)
    guard hooks.count <= Self.hookLimit else { return "has more than \(Self.hookLimit) hooks" }
    for entry in hooks {
      guard let (hook, weight) = weightHook(entry.value) else { continue }
      guard let weight, !holds(weight, attributes),
        hook.parts.allSatisfy({ holds(weight + $0, attributes) })
      else {
        return
          "has a hook that computes a weight, '\(self.object(entry.value)?.name ?? "?")', and not the tensors for it"
      }
      let tensors = table("_parameters", attributes) + table("_buffers", attributes)
      if let fault = fault(ofSettings: entry.value, of: hook, for: weight, tensors) { return fault }
    }
    return nil
  }

  func table(_ name: String, _ attributes: [PickleEntry]) -> [PickleEntry] {
    attributes.last { string($0.key) == name }.flatMap { dict($0.value) } ?? []
  }

  /// True if a tensor of this name is in a module's tables.
  private func holds(_ name: String, _ attributes: [PickleEntry]) -> Bool {
    (table("_parameters", attributes) + table("_buffers", attributes)).contains {
      string($0.key) == name && $0.value != .none
    }
  }

  // MARK: Plain attributes

  /// A module outside of its table, or a tensor that a layer takes in the place of one in its tables.
  private func fault(
    ofPlain object: PickleObject, _ attributes: [PickleEntry], _ budget: inout Int
  ) -> String? {
    let isLayer =
      Self.layers.contains(where: object.name.hasPrefix)
      && !["torch.nn.parallel.", "torch.nn.utils."].contains(where: object.name.hasPrefix)
    let isOfLibrary = ["torch.", "torchvision.", "timm."].contains(where: object.name.hasPrefix)
    let isKnown = Self.known.contains(where: object.name.hasPrefix)
    let computed = Set(table("_forward_pre_hooks", attributes).compactMap { weightHook($0.value)?.weight })
    for entry in attributes {
      guard let name = string(entry.key) else { continue }
      if isModule(entry.value, &budget) { return "has the module '\(name)' outside of its table" }
      if isOfLibrary && Self.parts.contains(name) || isKnown && !Self.isBeside(name), isRun(entry.value) {
        return "has something else than a module or a tensor as '\(name)'"
      }
      guard isLayer, !computed.contains(name) else { continue }
      switch self[entry.value] {
      case .tensor, .unreadable, .emptyParameter, .storage:
        return "has the tensor '\(name)' outside of its tables"
      default: continue
      }
    }
    // A buffer that is not saved is used all the same.
    guard isLayer else { return nil }
    let passing = attributes.last { string($0.key) == "_non_persistent_buffers_set" }.map {
      items(ofSet: $0.value)
    }
    let names = Set((passing ?? []).compactMap(string))
    guard !names.isEmpty else { return nil }
    for entry in table("_buffers", attributes) where entry.value != .none {
      if let name = string(entry.key), names.contains(name), !isFilter(name, of: object) {
        return "has the buffer '\(name)', which PyTorch would not save"
      }
    }
    return nil
  }

  /// True for a function, a class or an object, which a module's code may call by an attribute's name: Python finds it where the class has a
  /// method, or the tables a module.
  private func isRun(_ value: PickleValue) -> Bool {
    switch self[value] {
    case .member: true
    case .global(let name): TorchGlobals.elementType(name) == nil
    case .object(let object): !Self.values.contains(where: object.name.hasPrefix)
    default: false
    }
  }

  /// True for an attribute that no code of a known class calls, or whose change is told as one of the module.
  private static func isBeside(_ name: String) -> Bool {
    beside.contains(name) || numbers.contains(name) || programs.contains(name) || methods.contains(name)
      || tables.contains(name)
      || hooks.contains(name) || name == "_compiled_call_impl"
  }

  /// True for the numbers of timm's filters, which are read with the weights, though PyTorch does not save them.
  func isFilter(_ name: String, of object: PickleObject) -> Bool {
    name == "filt" && object.name.hasPrefix("timm.") && object.name.hasSuffix(".BlurPool2d")
  }

  /// True if a module has hooks around its computation, but those of PyTorch's own weights, or methods in place of its class's.
  func isChanged(_ value: PickleValue) -> Bool {
    guard let object = object(value), let attributes = attributes(object) else { return false }
    let isOfLibrary = ["torchvision.", "timm.", "transformers."].contains(where: object.name.hasPrefix)
    return attributes.contains { entry in
      guard let name = string(entry.key) else { return true }
      switch name {
      case _ where Self.programs.contains(name): return true
      case "_compiled_call_impl": return entry.value != .none
      case "_forward_hooks": return dict(entry.value)?.isEmpty == false
      case "_forward_pre_hooks":
        return (dict(entry.value) ?? []).contains { !isOwnHook($0.value) }
      default:
        if Self.methods.contains(name) { return isNamedOrMade(entry.value) }
        return isOfLibrary && tensor(entry.value) != nil
      }
    }
  }

  /// True for a hook of PyTorch's own weights.
  private func isOwnHook(_ value: PickleValue) -> Bool {
    weightHook(value) != nil
  }

  private static let hookLimit = 64

  private static let tables: Set = ["_parameters", "_buffers", "_modules"]

  private static let hooks: Set = [
    "_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_hooks_always_called",
    "_forward_hooks_with_kwargs", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs",
    "_load_state_dict_post_hooks", "_load_state_dict_pre_hooks", "_state_dict_hooks", "_state_dict_pre_hooks",
  ]

  /// Packages of layers whose code is known, and has no tensors but those in its tables.
  private static let layers = [
    "torch.nn.", "timm.layers.", "timm.models.layers.", "torchvision.ops.",
  ]

  /// Packages of networks and layers that are read by what their classes compute.
  private static let known = [
    "torch.nn.", "torch.ao.nn.", "torch.ao.quantization.stubs.", "torch.quantization.stubs.",
    "torchvision.models.resnet.",
    "torchvision.models.ResNet",
    "torchvision.models.quantization.", "torchvision.models._utils.", "torchvision.ops.", "timm.",
    "transformers.models.resnet.",
  ]

  /// Attributes that hold functions, classes or objects for training and for making a network, as libraries and their users name them. No layer
  /// or network that is read calls them.
  private static let beside: Set = [
    "_norm_layer", "act_layer", "avg_fn", "class_to_idx", "config", "criterion", "default_cfg", "device",
    "dtype",
    "generation_config", "loss", "loss_fn", "meta", "multi_avg_fn", "norm_layer", "optimizer", "preprocess",
    "pretrained_cfg", "process_group", "qconfig", "scheduler", "transform", "transforms", "weights",
  ]

  /// Settings of layers, which their code computes with and does not call. Their values are compared with the network's.
  private static let numbers: Set = [
    "affine", "ceil_mode", "count_include_pad", "dilation", "dim", "divisor_override", "drop_prob", "end_dim",
    "eps", "groups", "in_channels", "in_features", "inplace", "kernel_size", "momentum", "num_channels",
    "num_features", "num_groups", "out_channels", "out_features", "output_padding", "output_size", "p",
    "padding",
    "padding_mode", "return_indices", "start_dim", "stride", "track_running_stats", "training",
  ]

  /// Objects that cannot be called.
  private static let values = [
    "__builtin__.set", "builtins.set", "builtins.frozenset", "numpy.core.multiarray.",
    "numpy._core.multiarray.", "numpy.dtype", "torch.Size", "torch.device",
    "collections.", "datetime.", "pathlib.",
  ]

  /// The programs of modules and the functions that PyTorch runs them by.
  private static let programs: Set = [
    "forward", "_forward_impl", "_call_impl", "_wrapped_call_impl", "_slow_forward", "_conv_forward",
    "_check_input_dim",
  ]

  /// Modules and tensors that the programs of layers and residual networks take by these names, from wherever Python finds them.
  private static let parts: Set = [
    "act", "act1", "act2", "act3", "aa", "avgpool", "bias", "bn1", "bn2", "bn3", "conv1", "conv2", "conv3",
    "downsample",
    "drop", "drop_block", "drop_path", "fc", "global_pool", "layer1", "layer2", "layer3", "layer4", "maxpool",
    "module",
    "num_batches_tracked", "relu", "running_mean", "running_var", "se", "weight",
  ]

  /// Methods of modules that decide how a network runs: an attribute of the name stands before the class's.
  private static let methods: Set = [
    "_apply", "_make_layer", "apply", "buffers", "children", "cpu", "cuda", "double", "eval", "float",
    "forward_features", "forward_head", "gather", "get_buffer", "get_parameter", "get_submodule", "half",
    "modules",
    "named_buffers", "named_children", "named_modules", "named_parameters", "parallel_apply", "parameters",
    "register_buffer", "register_module", "register_parameter", "replicate", "requires_grad_", "scatter",
    "state_dict",
    "to", "train",
  ]
}

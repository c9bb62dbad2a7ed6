import ModelDescriptor

extension NameMap {
  /// detectron2's names. Its own files come from two sources whose bottlenecks stride in different places.
  static let detectron2 = NameConvention(
    owner: "detectron2",
    rules: [
      NameRule("stem.conv1.norm", "bn1"), NameRule("stem.conv1", "conv1"),
      NameRule("res^.#.conv#.norm", "layer^.#.bn#"), NameRule("res^.#.conv#", "layer^.#.conv#"),
      NameRule("res^.#.shortcut.norm", "layer^.#.downsample.1"),
      NameRule("res^.#.shortcut", "layer^.#.downsample.0"),
      NameRule("stem.fc", "fc"), NameRule("linear", "fc"),
    ],
    suits: { facts in facts.extent("stem.conv1.norm.weight") != nil },
    leavesStrideOpen: true)
}

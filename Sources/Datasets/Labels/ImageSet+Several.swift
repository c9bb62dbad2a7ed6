import Messages

extension ImageSet {
  /// A set whose images have the classes of these names.
  ///
  /// - Parameters:
  ///   - names: for each source, the names of its classes: exactly one where images have one.
  ///   - classes: all classes in their order; those that occur, sorted, by default.
  /// - Precondition: `classes` has all names.
  init(
    sources: [ImageSource], names: [[String]], classes: [String]? = nil, form: LabelForm, path: String,
    remarks: [Remark]
  ) {
    let labels = classes ?? ClassNames.sorted(Set(names.joined()))
    let positions = Dictionary(labels.enumerated().map { ($1, $0) }) { first, _ in first }
    let places = names.lazy.map { $0.compactMap { positions[$0] } }
    if case .one = form {
      self.init(
        sources: sources, labels: labels, labelOfSource: places.map { $0.first ?? 0 }, path: path,
        remarks: remarks)
    } else {
      self.init(
        sources: sources, labels: labels, labelSets: places.map { LabelSet($0) }, path: path, remarks: remarks
      )
    }
  }

  /// The same images, each of which has its one class and no other; the set itself where images have any number of classes.
  public var withLabelSets: ImageSet {
    guard labelSets == nil else { return self }
    return ImageSet(
      sources: sources, labels: labels, labelSets: labelOfSource.map { LabelSet(CollectionOfOne($0)) },
      leftOut: leftOut, path: path,
      remarks: remarks + ["\(title): names one class for each image; each is taken to have no other"])
  }

  /// The same images with two classes, no and yes.
  ///
  /// - Parameter label: the class that yes stands for, as for ``affirmedClass(label:)``; all others become no.
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when there is no such class.
  public func answeringYesOrNo(label: String?) throws(DatasetError) -> ImageSet {
    let yes = try affirmedClass(label: label)
    let name = labels.indices.contains(yes) ? labels[yes] : label ?? "yes"
    let others = labels.indices.filter { $0 != yes }.map { labels[$0] }
    return ImageSet(
      sources: sources, labels: [others.count == 1 ? others[0] : "not \(name)", name],
      labelOfSource: labelOfSource.map { $0 == yes ? 1 : 0 }, leftOut: leftOut, path: path, remarks: remarks)
  }

  /// The classes' names of an image, with commas between them.
  func names(of index: Int) -> String {
    guard let labelSets else { return labels[labelOfSource[index]] }
    return labelSets[index].positions.map { labels[$0] }.joined(separator: ", ")
  }

  /// The position of the class that a network affirms whose answer is yes or no: the one with the network's label; without a label, the
  /// second of `no` and `yes`, `false` and `true`, `negative` and `positive`, or `0` and `1`.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data`` when there is no such class, or images have several.
  public func affirmedClass(label: String?) throws(DatasetError) -> Int {
    guard labelSets == nil else {
      throw DatasetError(.data, "\(title): has images of several classes; yes or no needs one for each")
    }
    if let label, let place = ClassNames.positions(of: labels, among: [label]).firstIndex(of: 0) {
      return place
    }
    let answers = [["no", "yes"], ["false", "true"], ["negative", "positive"], ["0", "1"]]
    let names = labels.map { $0.lowercased() }
    let found = names.indices.filter { index in answers.contains { $0[1] == names[index] } }
    if labels.count <= 2, answers.contains(where: { Set(names).isSubset(of: $0) }) {
      // The class that is missing has no images.
      return found.first ?? labels.count
    }
    throw DatasetError(
      .data,
      """
      \(title): of its classes \(labels.quoted) none is known as the one that the network affirms\
      \(label.map { ", '\($0)'" } ?? ""); name them 'no' and 'yes', or name the network's class with \(Remedy.labelEditing)
      """)
  }
}

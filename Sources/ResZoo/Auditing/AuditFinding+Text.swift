extension AuditFinding.Kind {
  /// The heading of such findings.
  package var title: String {
    switch self {
    case .broken: "Files that cannot be read"
    case .damaged: "Damaged files"
    case .leak: "Images in both parts"
    case .duplicate: "Duplicates"
    case .nearDuplicate: "Near duplicates"
    case .label: "Doubtful labels"
    case .outlier: "Images unlike all others"
    case .dark: "Dark images"
    case .bright: "Bright images"
    case .blurred: "Blurred images"
    case .flat: "Images of one tone"
    case .lowInformation: "Images with few tones"
    case .tiny: "Tiny images"
    case .shape: "Odd shapes"
    case .colour: "Grey among coloured, or coloured among grey"
    case .rotated: "Turned by EXIF"
    case .imbalance: "Classes with few images"
    }
  }

  /// What such a finding means, and what to do about it.
  package var advice: String {
    switch self {
    case .broken:
      "No training can use them. Copy or download them again, or leave them out."
    case .damaged:
      "They were read as far as they go; parts may be grey or wrong. Look, and replace them if a part is missing."
    case .leak:
      "What a network was trained on says nothing about new images: the accuracy on the set to validate with is too high by "
        + "these. Drop the copies among the images to train on."
    case .duplicate:
      "The same image counts several times in training and in the accuracy. Keep one of each group; where the copies have "
        + "different labels, decide which is right."
    case .nearDuplicate:
      "Copies of an image that were compressed again, scaled or cropped. Keep one of each group, or all if the difference is "
        + "meant."
    case .label:
      "Regressions that did not learn from the image in question find another class likelier. Look at each: relabel what is "
        + "wrong, keep what is right, drop what shows both or neither."
    case .outlier:
      "The network sees nothing like them in the set. They may be of no class at all, or just rare: keep what belongs."
    case .dark: "Little can be seen on them. Drop them unless the network will meet such images."
    case .bright: "Little can be seen on them. Drop them unless the network will meet such images."
    case .blurred: "Nothing on them is sharp. Drop them unless the network will meet such images."
    case .flat: "They show nothing, as placeholders of lost images do. Drop them."
    case .lowInformation: "Often drawings, screenshots or placeholders among photos. Look what they are."
    case .tiny:
      "They are enlarged to the network's input and are blurred there. Look for a larger copy, or drop them."
    case .shape: "Scaling squeezes them, or the crop cuts most of them off. Crop them by hand, or drop them."
    case .colour:
      "A network may learn the colour in place of the class, above all where one class has most of them."
    case .rotated:
      "reszoo turns them upright. Other programs may not: store them upright if the images are used elsewhere."
    case .imbalance:
      "The network hardly sees these classes in training, and their figures rest on few images. Find more images of them."
    }
  }
}

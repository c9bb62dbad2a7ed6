import ModelDescriptor

extension NameMap {
  /// Keras applications' names, outputs last.
  static let keras = [
    NameConvention(
      owner: "Keras", rules: kerasRules(isPreactivation: false), layout: .outputsLast,
      preprocessing: ("caffe", .caffe),
      habits: { net in
        net.bottleneckStride = .conv1
        net.normalization.epsilon = 1.001e-5
        net.stem.poolKind = .maxZeroPadded
      }),
    NameConvention(
      owner: "Keras", rules: kerasRules(isPreactivation: true), layout: .outputsLast,
      suits: { facts in
        facts.shapes.keys.contains { $0.contains("preact_bn/") }
      },
      activatesShortcuts: true, preprocessing: ("symmetric", .symmetric),
      habits: { net in
        net.stridePosition = .last
        // The last block of each stage prepares for the next stage, and of the last one for none.
        for index in net.stages.indices { net.stages[index].stride = index == net.stages.count - 1 ? 1 : 2 }
        net.normalization.epsilon = 1.001e-5
        net.stem.poolKind = .maxZeroPadded
      }),
  ]

  private static func kerasRules(isPreactivation: Bool) -> [NameRule] {
    // Blocks count from conv2_block1, and so does what stands in them, but for the projection, which is 0.
    var convolutions = [("conv1_conv", "conv1"), ("predictions", "fc"), ("probs", "fc")]
    var norms: [(String, String)] = []
    convolutions.append(("conv^_block^_0_conv", "layer^.^.downsample.0"))
    convolutions.append(("conv^_block^_#_conv", "layer^.^.conv#"))
    if isPreactivation {
      norms += [("conv^_block^_preact_bn", "layer^.^.bn1"), ("post_bn", "norm")]
      norms.append(("conv^_block^_1_bn", "layer^.^.bn2"))
      norms.append(("conv^_block^_2_bn", "layer^.^.bn3"))
    } else {
      norms += [("conv1_bn", "bn1"), ("conv^_block^_0_bn", "layer^.^.downsample.1")]
      norms.append(("conv^_block^_#_bn", "layer^.^.bn#"))
    }
    let endings = [
      (convolutions, [("kernel", "weight"), ("bias", "bias")]),
      (
        norms,
        [
          ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"),
          ("moving_variance", "running_var"),
        ]
      ),
    ]
    return endings.flatMap { paths, words in
      paths.flatMap { foreign, own in
        words.flatMap { word, ownWord in
          [foreign + "/" + word + ":0", foreign + "/" + word].map { NameRule($0, own + "." + ownWord) }
        }
      }
    }
  }
}

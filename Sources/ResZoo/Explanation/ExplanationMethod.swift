/// A way to say which parts of an image a network's answer rests on.
///
/// A is the output of a node, [C, h, w]; y the logit that is explained; G = dy/dA; x the network's input.
public enum ExplanationMethod: String, Hashable, Sendable, CaseIterable {
  /// Σ_c w_c A_c, where w_c is the mean of G_c over height and width (Selvaraju et al. 2017).
  case gradCAM = "gradcam"
  /// Σ_c G_c A_c at each place (Draelos and Carin 2020).
  case hiResCAM = "hirescam"
  /// Σ_c w_c A_c, where w_c weighs positive derivatives by their share (Chattopadhay et al. 2018).
  case gradCAMPlusPlus = "gradcam++"
  /// Σ_c max(G_c, 0) A_c at each place (Jiang et al. 2021).
  case layerCAM = "layercam"
  /// The first principal component of A over the channels, whatever the class (Muhammad and Yeasin 2020).
  case eigenCAM = "eigencam"
  /// The share of each place of the last map in the logit, exactly (Zhou et al. 2016).
  case classMap = "classmap"
  /// The largest |dy/dx| among the channels of each pixel (Simonyan et al. 2014).
  case saliency
  /// (x - x0) times the mean of dy/dx on the way from a baseline x0 to x, summed over the channels (Sundararajan et al. 2017).
  case integratedGradients = "integrated-gradients"
  /// The mean loss of y while a window that contains the pixel is covered (Zeiler and Fergus 2014).
  case occlusion

  /// The name in texts.
  public var title: String {
    switch self {
    case .gradCAM: "Grad-CAM"
    case .hiResCAM: "HiResCAM"
    case .gradCAMPlusPlus: "Grad-CAM++"
    case .layerCAM: "LayerCAM"
    case .eigenCAM: "Eigen-CAM"
    case .classMap: "class map"
    case .saliency: "saliency"
    case .integratedGradients: "integrated gradients"
    case .occlusion: "occlusion"
    }
  }

  /// The paper that describes it.
  public var paper: String {
    switch self {
    case .gradCAM: "Selvaraju et al. 2017"
    case .hiResCAM: "Draelos and Carin 2020"
    case .gradCAMPlusPlus: "Chattopadhay et al. 2018"
    case .layerCAM: "Jiang et al. 2021"
    case .eigenCAM: "Muhammad and Yeasin 2020"
    case .classMap: "Zhou et al. 2016"
    case .saliency: "Simonyan et al. 2014"
    case .integratedGradients: "Sundararajan et al. 2017"
    case .occlusion: "Zeiler and Fergus 2014"
    }
  }

  /// True if it looks at the output of a node, which may be chosen.
  public var takesNode: Bool {
    switch self {
    case .gradCAM, .hiResCAM, .gradCAMPlusPlus, .layerCAM, .eigenCAM: true
    case .classMap, .saliency, .integratedGradients, .occlusion: false
    }
  }

  /// True if its map is the same whatever the class.
  public var ignoresClass: Bool { self == .eigenCAM }

  /// The meaning of a map, for a person who never saw one.
  package var meaning: String {
    switch self {
    case .gradCAM:
      """
      Grad-CAM looks at one layer. Each of its channels answers to some pattern; a channel counts as much as a little more of it would raise \
      the score of the class. A bright place is one where the channels that speak for the class are active. It is coarse, and says where, \
      not what.
      """
    case .hiResCAM:
      """
      HiResCAM looks at one layer. A place is as bright as what the layer found there counts for the class, place by place: nothing is \
      averaged, so that it does not show places which the network did not use.
      """
    case .gradCAMPlusPlus:
      """
      Grad-CAM++ looks at one layer, as Grad-CAM does, and gives more weight to channels that matter in a few places alone. It shows several \
      objects of one class more evenly.
      """
    case .layerCAM:
      """
      LayerCAM looks at one layer. A place is as bright as what was found there, counted only where more of it would raise the score. It \
      gives finer maps from earlier layers, such as layer2.
      """
    case .eigenCAM:
      """
      Eigen-CAM shows what differs most from place to place in one layer. It knows no class: it says what the network sees, not why it \
      decided.
      """
    case .classMap:
      """
      The class map divides the score of the class among the places of the last layer, exactly: the numbers of all places and the bias add \
      up to the score. A bright place added to the score; a negative one, which is not coloured, took away from it.
      """
    case .saliency:
      """
      Saliency shows the pixels of which a small change would change the score most, up or down. It is usually noisy, and says where \
      the network is sensitive, not what speaks for the class.
      """
    case .integratedGradients:
      """
      Integrated gradients divide among the pixels what the score gains on the way from an image without content to this one. The numbers \
      of all pixels add up to that gain. A bright pixel added to the score.
      """
    case .occlusion:
      """
      Occlusion covers one part of the image after another and measures how much of the score is lost. A bright place is one whose covering \
      cost most. It is slow and coarse, and the closest to an experiment.
      """
    }
  }
}

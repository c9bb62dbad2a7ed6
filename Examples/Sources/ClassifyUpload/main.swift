// Classifies an encoded image that arrives as bytes, as a server would get it:
//
//   swift run -c release ClassifyUpload ../models/cifar_resnet20.rzoo < images/ship.png
import Foundation
import ResZoo

guard CommandLine.arguments.count == 2 else {
  print("usage: ClassifyUpload MODEL.rzoo < IMAGE")
  exit(64)
}
do {
  // Once, at the start: the weights are packed here. A classifier may be used from any thread.
  let classifier = try Classifier(Model(contentsOf: CommandLine.arguments[1]))

  let upload = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
  for prediction in try classifier.classify(image: upload, top: 3).top {
    let label = prediction.label ?? "class \(prediction.index)"
    print(label, String(format: "%.4f", prediction.probability), separator: "\t")
  }
} catch let error as ClassificationError {
  // Bytes that are no image are an error like any other: nothing of what a stranger sends ends the program.
  print("cannot classify this upload: \(error)")
  exit(65)
} catch {
  print("cannot load the model: \(error)")
  exit(66)
}

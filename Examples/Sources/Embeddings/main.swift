// Compares two images by the embeddings that a network makes of them: 1 means alike, 0 means unlike.
//
//   swift run -c release Embeddings ../models/cifar_resnet20.rzoo images/ship.png images/airplane.png
import ResZoo

func cosine(_ a: Tensor, _ b: Tensor) -> Double {
  let x = a.floats
  let y = b.floats
  var (product, lengthOfX, lengthOfY) = (0.0, 0.0, 0.0)
  for index in 0..<x.count {
    product += Double(x[index] * y[index])
    lengthOfX += Double(x[index] * x[index])
    lengthOfY += Double(y[index] * y[index])
  }
  return product / (lengthOfX * lengthOfY).squareRoot()
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else { fatalError("usage: Embeddings MODEL.rzoo IMAGE IMAGE") }

// Without a node's name it stops before the head: what it gives is the pooled embedding.
let extractor = try FeatureExtractor(Model(contentsOf: arguments[1]))
let first = try extractor.features(of: arguments[2])
let second = try extractor.features(of: arguments[3])
print("similarity \(cosine(first, second)) of \(first.shape.elementCount) numbers")

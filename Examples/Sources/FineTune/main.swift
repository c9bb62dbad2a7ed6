// Adapts a network to the classes of a folder that has a folder for each class, and writes the result:
//
//   swift run -c release FineTune ../models/cifar_resnet20.rzoo vehicles/train vehicles.rzoo
import ResZoo

final class Progress: TrainingObserver {
  func didFinish(epoch: EpochRecord, validation: ValidationResult?) {
    print("epoch \(epoch.epoch): loss \(epoch.loss), validation \(epoch.validation?.top1 ?? 0)")
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 4 else { fatalError("usage: FineTune MODEL.rzoo FOLDER OUTPUT.rzoo") }

// The last stage and a new head train; a fifth of each class is kept back to choose the best epoch by.
// The closure changes the good options, and may be left out.
let model = try Model(contentsOf: arguments[1])
let images = try ImageSet(path: arguments[2])
let tuned = try model.finetuned(on: images, observers: [Progress()]) { $0.epochs = 10 }
try tuned.model.write(to: arguments[3])
print("kept epoch \(tuned.summary.epoch) for \(images.labels.joined(separator: ", ")): \(arguments[3])")

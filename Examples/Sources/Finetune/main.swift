// Adapts a network to the classes of a data set, a folder for each class, and writes the result:
//
//   swift run -c release Finetune ../models/cifar_resnet20.rzoo vehicles/train vehicles/val vehicles.rzoo
import ResZoo

let arguments = CommandLine.arguments
guard arguments.count == 5 else {
  fatalError("usage: Finetune MODEL.rzoo TRAINING-FOLDER VALIDATION-FOLDER OUTPUT.rzoo")
}

// The last stage and a new head train, with the rates and the schedule of the command 'reszoo finetune'.
let model = try Model(contentsOf: arguments[1])
let images = try ImageSet(path: arguments[2])
let tuned = try model.finetuned(on: images, validation: ImageSet(path: arguments[3])) { $0.epochs = 10 }
try tuned.model.write(to: arguments[4])

print("classes: \((tuned.model.descriptor.labels ?? []).joined(separator: ", "))")
print("epoch \(tuned.summary.epoch) of \(tuned.summary.records.count) was kept")

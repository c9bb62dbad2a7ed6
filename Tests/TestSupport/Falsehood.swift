/// A false statement in place of a true one of a fixture's text, and the code of the error that it must raise.
package struct Falsehood<Code: Sendable>: Sendable, CustomStringConvertible {
  package let description: String
  package let truth: String
  package let falsehood: String
  package let code: Code

  package init(_ description: String, _ truth: String, _ falsehood: String, _ code: Code) {
    self.description = description
    self.truth = truth
    self.falsehood = falsehood
    self.code = code
  }
}

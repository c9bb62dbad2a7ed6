/// The version of the library, the command and the C interface.
package let libraryVersion: StaticString = "0.1.0"

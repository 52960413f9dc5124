import Foundation
import NeuralNetwork
import Support
import Testing

// With a sanitizer memory is the system's own, and the sanitizer ends the process.
#if !SANITIZER
  @Suite("Buffer pool")
  struct BufferPoolTests {
    @Test("Exhausted memory calls the handler, which ends the program")
    func handler() async {
      await #expect(processExitsWith: .exitCode(9)) {
        BufferPool.onExhaustion { bytes in exit(bytes == 1 << 46 ? 9 : 1) }
        _ = Tensor(uninitialized: Shape(1 << 20, 1 << 10, 1 << 10, 1 << 4))
      }
    }

    @Test("Memory exhausted on several threads calls the handler once")
    func oneReport() async throws {
      let result = await #expect(
        processExitsWith: .exitCode(9), observing: [\.standardErrorContent]
      ) {
        BufferPool.onExhaustion { _ in
          FileHandle.standardError.write(Data("out of memory\n".utf8))
          usleep(200_000)
          _exit(9)
        }
        Parallel.threads = 4
        Parallel.forEach(4) { _ in
          _ = Tensor(uninitialized: Shape(1 << 20, 1 << 10, 1 << 10, 1 << 4))
        }
      }
      let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(message == "out of memory\n")
    }

    @Test("Exhausted memory without a handler traps and says how much was missing")
    func trap() async throws {
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor(uninitialized: Shape(1 << 20, 1 << 10, 1 << 10, 1 << 4))
      }
      let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
      #expect(message.contains("out of memory: no \(1 << 46) bytes left"))
    }
  }
#endif

import Datasets
import NeuralNetwork
import Support
import TestSupport
import Testing

@Suite("Loading batches", .temporaryFolder)
struct LoaderTests {
  private let path = TemporaryFolder.path

  private func dataset() throws -> Dataset {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    return try ImageFolder(at: path).load(.training)
  }

  private func loader(
    _ dataset: Dataset, batchSize: Int = 3, isShuffled: Bool = true, seed: UInt64 = 5
  ) -> Loader {
    Loader(
      dataset, transform: .training(TrainingTransform(resizeSizes: [18, 21, 27], crop: 16)),
      batchSize: batchSize, isShuffled: isShuffled, seed: seed)
  }

  /// The contents of batches in a form that can be compared.
  private func contents(_ batches: Batches) -> [[String]] {
    batches.map { ["\($0.samples)", "\($0.labels)", "\($0.images.elements)"] }
  }

  @Test("An epoch visits every sample once with its label; the last batch is smaller")
  func coversEpoch() throws {
    let dataset = try dataset()
    let loader = loader(dataset)
    #expect(loader.batchesPerEpoch == 4)
    let batches = Array(loader.batches(epoch: 1))
    #expect(batches.map(\.labels.count) == [3, 3, 3, 1])
    #expect(batches.map(\.images.shape.count) == [3, 3, 3, 1])
    #expect(batches.allSatisfy { $0.images.shape.imageSize == 16 * 16 * 3 })
    #expect(batches.flatMap(\.samples) == shuffledIndices(count: 10, seed: 5, epoch: 1))
    for batch in batches {
      #expect(batch.labels == batch.samples.map { dataset.samples[$0].label })
    }
  }

  @Test("A single loaded image equals the one in its batch before normalization")
  func singleImage() throws {
    let loader = loader(try dataset())
    let batch = try #require(Array(loader.batches(epoch: 2)).first)
    #expect(
      loader.dataset.normalization.tensor(of: loader.image(batch.samples[0], epoch: 2)).elements
        == Array(batch.images.elements.prefix(16 * 16 * 3)))
  }

  @Test("Without shuffling, the loader keeps the data set's order")
  func keepsOrder() throws {
    let loader = loader(try dataset(), batchSize: 4, isShuffled: false)
    #expect(loader.batches(epoch: 3).flatMap(\.samples) == Array(0..<10))
  }

  @Test("The loader's batches do not depend on the number of threads", arguments: [1, 2, 3, 8])
  func dependsNotOnThreads(threads: Int) throws {
    let loader = loader(try dataset())
    let expected = contents(loader.batches(epoch: 2))
    let before = Parallel.threads
    defer { Parallel.threads = before }
    Parallel.threads = threads
    #expect(contents(loader.batches(epoch: 2)) == expected)
  }

  @Test("A batch does not depend on the batches before it")
  func startsAnywhere() throws {
    let loader = loader(try dataset())
    let all = contents(loader.batches(epoch: 2))
    for first in 0...4 {
      #expect(contents(loader.batches(epoch: 2, from: first)) == Array(all.dropFirst(first)))
    }
  }

  @Test("A sample's augmentation depends on seed and epoch, not on its place in a batch")
  func dependsOnSampleAndEpoch() throws {
    let dataset = try dataset()
    func images(_ loader: Loader, epoch: Int) -> [Int: [Float]] {
      var images: [Int: [Float]] = [:]
      for batch in loader.batches(epoch: epoch) {
        let elements = batch.images.elements
        let size = batch.images.shape.imageSize
        for (position, sample) in batch.samples.enumerated() {
          images[sample] = Array(elements[position * size..<(position + 1) * size])
        }
      }
      return images
    }
    let expected = images(loader(dataset), epoch: 1)
    #expect(images(loader(dataset, batchSize: 1, isShuffled: false), epoch: 1) == expected)
    #expect(images(loader(dataset), epoch: 2) != expected)
    #expect(images(loader(dataset, seed: 6), epoch: 1) != expected)
  }

  @Test("A batch contains the transformed and normalized images")
  func transforms() throws {
    let dataset = try dataset()
    let transform = ValidationTransform(resize: 20, crop: 16)
    let loader = Loader(dataset, transform: .validation(transform), batchSize: 10)
    let batch = try #require(Array(loader.batches(epoch: 1)).first)
    let expected = dataset.images.flatMap {
      Imagenette.normalization.tensor(of: $0.warped(by: transform.warp(of: $0.size))).elements
    }
    #expect(batch.images.elements == expected)
  }

  @Test("The loader returns nil after the last batch, repeatedly")
  func ends() throws {
    var batches = loader(try dataset(), batchSize: 10).batches(epoch: 1)
    #expect(batches.next() != nil)
    #expect(batches.next() == nil)
    #expect(batches.next() == nil)
  }
}

import NeuralNetwork
import Testing

import Commands
import Training

orExit("squeezenet") { try Tool.run(Array(CommandLine.arguments.dropFirst())) }

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "tests/fault/dgmo_writer.h"

// A dgmo that never rests: run it as "dgmo" in a git root whose slug is the root's name, and the root is live. Ends by
// itself or at SIGTERM, with its turn complete.

namespace {

volatile std::sig_atomic_t stopping = 0;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: dgmo-writer ROOT SECONDS\n";
    return 2;
  }
  std::signal(SIGTERM, [](int) { stopping = 1; });
  std::signal(SIGINT, [](int) { stopping = 1; });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  try {
    fleet::DgmoWriter writer(argv[1], {});
    while (stopping == 0 && std::chrono::steady_clock::now() < end) writer.Turn();
    std::cout << writer.writes() << " writes\n";
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

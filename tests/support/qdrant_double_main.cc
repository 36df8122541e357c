// The Qdrant double as a program, for tests of whole processes and for trying things by hand.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "tests/support/qdrant_double.h"

int main(int argc, char** argv) {
  CLI::App app("A stand-in for a Qdrant server.", "qdrant-double");
  fleet::QdrantDouble::Options options;
  std::vector<std::string> faults;
  std::string vectors;
  int points = 0;
  std::string collection = "AgentMemories";
  std::string port_file;
  bool is_unready = false;
  app.add_option("--host", options.host, "Address to listen at")
      ->capture_default_str()
      ->envname("QDRANT__SERVICE__HOST");
  app.add_option("--port", options.port, "Port; 0 takes any")
      ->capture_default_str()
      ->envname("QDRANT__SERVICE__HTTP_PORT");
  app.add_option("--port-file", port_file, "Write the port there once it listens");
  app.add_option("--version", options.version, "Release of Qdrant to behave as")->capture_default_str();
  app.add_option("--api-key", options.api_key, "Key that it wants");
  app.add_option("--read-only-key", options.read_only_key, "Key that may only read");
  app.add_option("--recovery-mode", options.recovery_mode, "Serve nothing but this message");
  app.add_option("--folder", options.folder, "Where storage and snapshots are kept");
  app.add_flag("--not-ready", is_unready, "/readyz answers 503");
  app.add_option("--collection", collection, "Collection that is there from the start")->capture_default_str();
  app.add_option("--vectors", vectors, "Its vectors as JSON; without them there is no collection");
  app.add_option("--points", points, "Points in it")->capture_default_str();
  app.add_option("--fault", faults, "PATH=FAULT: requests whose path begins so go wrong; may be repeated");
  CLI11_PARSE(app, argc, argv);
  options.is_ready = !is_unready;

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    fleet::QdrantDouble server(options);
    if (!vectors.empty()) {
      server.Change(
          [&](fleet::QdrantStore& store) { fleet::FillQdrantCollection(store, collection, vectors, points); });
    }
    for (const std::string& fault : faults) {
      const auto equals = fault.rfind('=');
      const fleet::QdrantFault kind = fleet::QdrantFaultOf(fault.substr(equals + 1));
      if (equals == std::string::npos || kind == fleet::QdrantFault::kNone) {
        std::cerr << "error: --fault " << fault << ": not PATH=FAULT\n";
        return 2;
      }
      server.Inject(fault.substr(0, equals), kind);
    }
    std::cout << server.url() << std::endl;
    if (!port_file.empty()) {
      std::ofstream(port_file + ".new") << server.port();
      std::rename((port_file + ".new").c_str(), port_file.c_str());
    }
    int signal = 0;
    sigwait(&ends, &signal);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
  return 0;
}

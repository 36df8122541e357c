#include <cstdlib>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/utf8.h"
#include "tests/fault/faults.h"

namespace {

int List() {
  for (const fleet::FaultDescription& fault : fleet::AllFaults()) {
    std::cout << fault.name << std::string(fault.name.size() < 34 ? 34 - fault.name.size() : 1, ' ') << fault.story
              << "\n";
  }
  return 0;
}

int Usage() {
  std::cerr << "usage: fleet-inject HOME FAULT [--seed N]\n       fleet-inject --list\n";
  return 2;
}

}  // namespace

// Prints what it broke, and what the agent is to say about it, as one JSON document.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--list") return List();
  if (arguments.size() != 2 && !(arguments.size() == 4 && arguments[2] == "--seed")) return Usage();
  const unsigned long seed = arguments.size() == 4 ? std::strtoul(arguments[3].c_str(), nullptr, 10) : 0;
  const auto injected = fleet::InjectFault(arguments[0], arguments[1], static_cast<unsigned>(seed));
  if (!injected.ok()) {
    std::cerr << "error: " << injected.status().message() << "\n";
    return 1;
  }
  const nlohmann::ordered_json json = {{"name", injected->name},
                                       {"code", injected->code},
                                       {"severity", std::string(fleet::SeverityText(injected->severity))},
                                       {"path", fleet::ToUtf8(injected->path)},
                                       {"subject_id", fleet::ToUtf8(injected->subject_id)},
                                       {"repairable", injected->repairable}};
  std::cout << json.dump() << "\n";
  return 0;
}

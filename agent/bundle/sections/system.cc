#include <sys/utsname.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/bundle/sections/sections.h"
#include "agent/bundle/sections/small_file.h"

namespace fleet::agent {

namespace {

// The value of PRETTY_NAME="..." of os-release.
std::string DistributionName() {
  const std::string text = "\n" + ReadSmallFile("/etc/os-release");
  const std::string key = "\nPRETTY_NAME=\"";
  const std::size_t begin = text.find(key);
  if (begin == std::string::npos) return "";
  const std::size_t end = text.find_first_of("\"\n", begin + key.size());
  return text.substr(begin + key.size(), end - begin - key.size());
}

}  // namespace

void AddSystem(const BundleInput&, Redactor& redactor, Bundle& bundle) {
  utsname name = {};
  uname(&name);
  const nlohmann::ordered_json json{{"kernel", name.sysname},
                                    {"release", redactor.Text(name.release)},
                                    {"version", redactor.Text(name.version)},
                                    {"machine", name.machine},
                                    {"host", redactor.Text(name.nodename)},
                                    {"distribution", redactor.Text(DistributionName())},
                                    {"uptime_s", std::strtoll(ReadSmallFile("/proc/uptime").c_str(), nullptr, 10)},
                                    {"load_1_min", std::strtod(ReadSmallFile("/proc/loadavg").c_str(), nullptr)}};
  std::string text;
  for (const auto& [key, value] : json.items()) {
    text += key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
  }
  bundle.Add("system.json", json.dump(2) + "\n");
  bundle.Report("System", text);
}

void AddMemory(const BundleInput&, Redactor&, Bundle& bundle) {
  const std::string meminfo = ReadSmallFile("/proc/meminfo");
  nlohmann::ordered_json json;
  std::string text;
  for (const char* name : {"MemTotal", "MemAvailable", "SwapTotal", "SwapFree"}) {
    const std::int64_t kilobytes = NumberAfter(meminfo, std::string(name) + ":");
    if (kilobytes < 0) continue;
    json[name] = kilobytes * 1024;
    text += std::string(name) + ": " + std::to_string(kilobytes / 1024) + " MiB\n";
  }
  bundle.Add("memory.json", json.dump(2) + "\n");
  bundle.Report("Memory", text);
}

}  // namespace fleet::agent

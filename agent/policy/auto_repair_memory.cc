#include "agent/policy/auto_repair_memory.h"

#include <nlohmann/json.hpp>

#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json FaultJson(const RepairedFault& fault) {
  return Json{{"code", fault.code},         {"repair", fault.repair},
              {"root", ToUtf8(fault.root)}, {"subject", ToUtf8(fault.subject)},
              {"present", fault.present},   {"since_ms", fault.since_ms},
              {"tried_ms", fault.tried_ms}, {"repaired_ms", fault.repaired_ms},
              {"repairs", fault.repairs},   {"returns", fault.returns},
              {"failures", fault.failures}, {"running", fault.running},
              {"stopped", fault.stopped},   {"why", ToUtf8(fault.why)}};
}

// Throws, like everything here that reads, when a field is not what it should be.
RepairedFault FaultOf(const Json& json) {
  RepairedFault fault;
  json.at("code").get_to(fault.code);
  json.at("repair").get_to(fault.repair);
  json.at("root").get_to(fault.root);
  json.at("subject").get_to(fault.subject);
  json.at("present").get_to(fault.present);
  json.at("since_ms").get_to(fault.since_ms);
  json.at("tried_ms").get_to(fault.tried_ms);
  json.at("repaired_ms").get_to(fault.repaired_ms);
  json.at("repairs").get_to(fault.repairs);
  json.at("returns").get_to(fault.returns);
  json.at("failures").get_to(fault.failures);
  json.at("running").get_to(fault.running);
  json.at("stopped").get_to(fault.stopped);
  json.at("why").get_to(fault.why);
  return fault;
}

}  // namespace

std::string MemoryText(const AutoRepairMemory& memory) {
  Json json{{"format", kFormat}, {"faults", Json::object()}, {"runs", Json::object()}};
  for (const auto& [fingerprint, fault] : memory.faults) {
    if (fault.tried_ms > 0) json["faults"][fingerprint] = FaultJson(fault);
  }
  for (const auto& [repair, runs] : memory.runs) json["runs"][repair] = runs;
  return json.dump(1) + "\n";
}

absl::StatusOr<AutoRepairMemory> MemoryFromText(const std::string& text) {
  AutoRepairMemory memory;
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() != kFormat) return DataLoss("it was written by another version");
    for (const auto& [fingerprint, fault] : json.at("faults").items()) memory.faults[fingerprint] = FaultOf(fault);
    for (const auto& [repair, runs] : json.at("runs").items()) {
      memory.runs[repair] = runs.get<std::vector<std::int64_t>>();
    }
  } catch (const Json::exception&) {
    return DataLoss("it is not complete");
  }
  return memory;
}

}  // namespace fleet::agent

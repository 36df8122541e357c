#pragma once

#include <map>
#include <vector>

#include "agent/link/command_record.h"
#include "common/status.h"

namespace fleet::agent {

// A disk that survives the journal's object, and fills up when told.
class MemoryCommandStore final : public CommandStore {
 public:
  absl::Status Save(const CommandRecord& record) override {
    if (fail) return ResourceExhausted("no space left on device");
    records_[record.number] = record;
    return absl::OkStatus();
  }
  absl::Status Remove(std::uint64_t number) override {
    records_.erase(number);
    return absl::OkStatus();
  }
  std::vector<CommandRecord> Held() const {
    std::vector<CommandRecord> held;
    for (const auto& [number, record] : records_) held.push_back(record);
    return held;
  }

  bool fail = false;

 private:
  std::map<std::uint64_t, CommandRecord> records_;
};

}  // namespace fleet::agent

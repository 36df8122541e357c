#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/facts/log_facts.h"
#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"

namespace fleet::agent {

// What `logs` shows: which patterns were seen where, and how many lines of each file tell of errors.
struct LogReport {
  struct File {
    std::string path;
    std::int64_t size = 0;
    std::int64_t errors = 0;    // lines with ERROR or FATAL
    std::int64_t mentions = 0;  // lines with error, failed or exception, in any case
  };
  std::vector<LogFacts::Hits> hits;  // the last seen first
  std::vector<File> files;
  std::vector<std::string> unreadable;
  std::int64_t skipped_lines = 0;
};

// Reads all logs of the home as far back as the settings' window. Blocks on the disk.
absl::StatusOr<LogReport> ReadLogs(const HomeModel& home, const CheckSettings& settings, std::int64_t now_ms);

// Both end in a newline.
std::string LogReportText(const LogReport& report, const PatternCatalogue& patterns);
nlohmann::ordered_json LogReportJson(const LogReport& report, const PatternCatalogue& patterns);

// "90s", "30m", "24h", "7d", to ms.
absl::StatusOr<std::int64_t> ParseAge(std::string_view text);

}  // namespace fleet::agent

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/finding.h"

namespace fleet::agent {

// What a check found, ready to be shown.
struct CheckReport {
  struct RootSummary {
    std::string kind;
    std::string path;
    std::string app;
    std::string name;
    bool live = false;
    std::int64_t sessions = 0;
    std::int64_t messages = 0;
    std::int64_t sub_sessions = 0;
  };
  std::vector<RootSummary> roots;
  std::vector<Finding> findings;
  std::vector<std::string> searched;  // where roots were looked for
  std::set<std::string> unknown;      // paths and addresses that could not be judged: neither healthy nor at fault
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t unread_messages = 0;  // counted only
  bool saw_qdrant = false;
  double seconds = 0;
};

void AddHome(const HomeModel& home, std::vector<Finding> findings, CheckReport& report);
Health HealthOf(const CheckReport& report);

// The guide's symbol for the worst of findings.
std::string_view SymbolOf(Severity severity);

// For people. Both end in a newline.
std::string ReportText(const CheckReport& report, bool colour);
std::string QuickText(const CheckReport& report);
nlohmann::ordered_json ReportJson(const CheckReport& report);

}  // namespace fleet::agent

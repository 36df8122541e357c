#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"

namespace fleet::agent {

// One folder that dgmo writes or shows, with what lies there.
struct RootRow {
  std::string kind;
  std::string app;
  std::string path;
  std::string infos;     // where session infos lie, absolute
  std::string messages;  // where conversations lie
  std::string records;
  std::string indexes;
  std::uint32_t mode = 0;  // permission bits of the root
  std::uint32_t owner = 0;
  bool live = false;
  std::int64_t sessions = 0;
  std::int64_t message_count = 0;
  std::int64_t record_count = 0;
  std::int64_t index_count = 0;
  std::int64_t newest_ms = 0;  // last written session or message; 0: none
};

// Where each root keeps what: the program writes into one of them, and its list shows the same one only.
std::vector<RootRow> RootRows(const HomeModel& home);

std::string RootTableText(const std::vector<RootRow>& rows);
nlohmann::ordered_json RootTableJson(const std::vector<RootRow>& rows);

}  // namespace fleet::agent

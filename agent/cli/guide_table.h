#pragma once

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>

namespace fleet::agent {

// One cure that the troubleshooting guide names, and what takes its place here (catalogue: "Every script the guide
// names").
struct GuideRow {
  std::string_view name;     // as the guide calls it
  std::string_view purpose;  // what it was meant for
  std::string_view command;  // empty: none, and `note` says why
  std::string_view note;     // what is different, where it matters
};

// In the guide's order. Constant; any thread.
std::span<const GuideRow> GuideTable();

std::string GuideText();
nlohmann::ordered_json GuideJson();

}  // namespace fleet::agent

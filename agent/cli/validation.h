#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/store/document.h"

namespace fleet::agent {

// Where in a text a byte is, as editors count: from one, columns in bytes.
struct TextPosition {
  std::int64_t line = 1;
  std::int64_t column = 1;
};
TextPosition PositionAt(std::string_view text, std::int64_t offset);

// One file that is not the JSON it should be.
struct InvalidFile {
  std::string path;   // absolute
  std::string cls;    // "SESSION", "CONFIG", ...
  std::string fault;  // "empty", "truncated", ...
  std::string detail;
  std::int64_t size = 0;
  std::optional<std::int64_t> offset;
  std::optional<TextPosition> position;  // when the text was at hand
};

struct ValidationReport {
  std::int64_t files = 0;  // looked at
  std::vector<InvalidFile> invalid;
  std::vector<std::string> unreadable;  // absolute paths
};

std::string_view FaultKindText(FaultKind kind);

// What reading a home showed about its files.
void AddHome(const HomeModel& home, ValidationReport& report);

// One file by itself; its name tells what it should be, any JSON when it does not.
void AddFile(const std::string& path, ValidationReport& report);

std::string ValidationText(const ValidationReport& report);
nlohmann::ordered_json ValidationJson(const ValidationReport& report);

}  // namespace fleet::agent

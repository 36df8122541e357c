#include "agent/drill/history.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/drill/drill.h"
#include "agent/store/durable_file.h"
#include "common/status.h"
#include "common/time_text.h"

namespace fleet::agent {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kDayMs = 24 * 3'600'000;
constexpr std::int64_t kKeptMs = 90 * kDayMs;
constexpr std::int64_t kMostBytes = 1 << 20;

std::string FolderIn(const std::string& state) { return state + "/drills"; }

// Newest first: their names tell the time.
std::vector<std::string> ReportsIn(const std::string& state) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(FolderIn(state), error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("drill_") && name.ends_with(".json")) paths.push_back(entry.path());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
}

std::optional<PastDrill> Read(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, kMostBytes);
  if (!text.ok()) return std::nullopt;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("test_results") || !json["test_results"].is_object()) return std::nullopt;
  PastDrill past;
  past.path = path;
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0;
  };
  past.began_ms = number("began_ms");
  past.passed = number("passed");
  past.failed = number("failed");
  past.skipped = number("skipped");
  past.full = true;
  for (const Drill& drill : AllDrills()) past.full &= json["test_results"].contains(std::string(drill.id));
  for (const auto& [id, result] : json["test_results"].items()) {
    if (result.is_object() && result.contains("result") && result["result"] == "FAIL") past.failures.push_back(id);
  }
  return past;
}

}  // namespace

absl::Status KeepDrill(const std::string& state, std::string_view report, std::int64_t began_ms) {
  const std::string folder = FolderIn(state);
  RETURN_IF_ERROR(MakeFolder(folder));
  RETURN_IF_ERROR(WriteDurably(folder + "/drill_" + TimeNameText(began_ms) + ".json", report));
  for (const PastDrill& past : PastDrills(state)) {
    if (past.began_ms < began_ms - kKeptMs) RETURN_IF_ERROR(RemoveFile(past.path));
  }
  return absl::OkStatus();
}

std::vector<PastDrill> PastDrills(const std::string& state) {
  std::vector<PastDrill> all;
  for (const std::string& path : ReportsIn(state)) {
    if (std::optional<PastDrill> past = Read(path)) all.push_back(*std::move(past));
  }
  return all;
}

std::optional<PastDrill> LastDrill(const std::string& state) {
  for (const std::string& path : ReportsIn(state)) {
    if (std::optional<PastDrill> past = Read(path)) return past;
  }
  return std::nullopt;
}

DueDrill NextDrill(const std::vector<PastDrill>& past, std::int64_t earliest_ms) {
  const auto full = std::find_if(past.begin(), past.end(), [](const PastDrill& each) { return each.full; });
  const std::int64_t quick_at = past.empty() ? earliest_ms : past.front().began_ms + kDayMs;
  const std::int64_t full_at = full == past.end() ? earliest_ms + kDayMs : full->began_ms + 7 * kDayMs;
  return {std::max(earliest_ms, std::min(quick_at, full_at)), full_at <= quick_at};
}

}  // namespace fleet::agent

#include "agent/cli/validation.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/store/directory.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string Absolute(const std::string& root, const std::string& path) {
  return path.empty() ? root : root + "/" + path;
}

InvalidFile Describe(const std::string& path, DocumentClass cls, const Fault& fault, std::int64_t size) {
  return {.path = path,
          .cls = std::string(DocumentClassText(cls)),
          .fault = std::string(FaultKindText(fault.kind)),
          .detail = fault.detail,
          .size = size,
          .offset = fault.offset,
          .position = std::nullopt};
}

bool IsConfiguration(std::string_view name) {
  return name == "config.json" || name == "dgmo.json" || name == "opencode.json";
}

DocumentClass ClassByName(std::string_view name) {
  if (IsConfiguration(name)) return DocumentClass::kConfig;
  return name == "app.json" ? DocumentClass::kApp : DocumentClass::kNone;
}

}  // namespace

TextPosition PositionAt(std::string_view text, std::int64_t offset) {
  const auto end = std::clamp<std::int64_t>(offset, 0, static_cast<std::int64_t>(text.size()));
  const std::string_view before = text.substr(0, static_cast<std::size_t>(end));
  const std::size_t line_begin = before.rfind('\n');
  TextPosition position;
  position.line = 1 + std::count(before.begin(), before.end(), '\n');
  position.column =
      1 + static_cast<std::int64_t>(before.size() - (line_begin == std::string_view::npos ? 0 : line_begin + 1));
  return position;
}

std::string_view FaultKindText(FaultKind kind) {
  static constexpr std::string_view kTexts[] = {"empty",     "nul",     "encoding", "byte_order_mark",
                                                "truncated", "invalid", "shape",    "oversize"};
  return kTexts[static_cast<int>(kind)];
}

void AddHome(const HomeModel& home, ValidationReport& report) {
  for (const RootModel& root : home.roots) {
    report.files += root.stats.files;
    for (const auto& [path, damaged] : root.damaged) {
      report.invalid.push_back(
          Describe(Absolute(root.root.path, path), damaged.place.cls, damaged.fault, damaged.stat.size));
    }
    for (const auto& [path, why] : root.unreadable) report.unreadable.push_back(Absolute(root.root.path, path));
  }
  if (home.config) {
    for (const ConfigFile& file : home.config->files) {
      ++report.files;
      if (!file.document.fault) continue;
      report.invalid.push_back(Describe(file.path, DocumentClass::kConfig, *file.document.fault, file.stat.size));
    }
  }
  for (const auto& [path, why] : home.unreadable) report.unreadable.push_back(path);
}

void AddFile(const std::string& path, ValidationReport& report) {
  const std::filesystem::path file(path);
  const std::string name = file.filename().string();
  const std::string folder = file.parent_path().empty() ? "." : file.parent_path().string();
  const DocumentClass cls = ClassByName(name);
  PaddedText bytes;
  FileStat stat;
  const absl::StatusOr<Directory> directory = Directory::OpenRoot(folder);
  const absl::Status read = directory.ok() ? directory->Read(name, SizeLimit(cls), bytes, stat) : directory.status();
  if (!read.ok()) {
    report.unreadable.push_back(path);
    return;
  }
  ++report.files;
  DocumentParser parser;
  const Document document = parser.Parse(cls, bytes);
  const Fault* fault = std::get_if<Fault>(&document);
  // dgmo's own reader accepts a byte order mark in a configuration.
  if (fault == nullptr || (cls == DocumentClass::kConfig && fault->kind == FaultKind::kByteOrderMark)) return;
  report.invalid.push_back(Describe(path, cls, *fault, stat.size));
  if (fault->offset) report.invalid.back().position = PositionAt(bytes.view(), *fault->offset);
}

std::string ValidationText(const ValidationReport& report) {
  std::string text;
  for (const InvalidFile& file : report.invalid) {
    text += ToPrintable(file.path) + "\n    " + file.fault;
    if (file.offset) text += " at byte " + std::to_string(*file.offset) + " of " + std::to_string(file.size);
    if (file.position) {
      text +=
          " (line " + std::to_string(file.position->line) + ", column " + std::to_string(file.position->column) + ")";
    }
    text += file.detail.empty() ? "\n" : ": " + ToPrintable(file.detail) + "\n";
  }
  for (const std::string& path : report.unreadable) text += ToPrintable(path) + "\n    cannot be read\n";
  text +=
      std::to_string(report.files) + " files read, " + std::to_string(report.invalid.size()) + " not as they should be";
  if (!report.unreadable.empty()) text += ", " + std::to_string(report.unreadable.size()) + " unreadable";
  return text + "\n";
}

nlohmann::ordered_json ValidationJson(const ValidationReport& report) {
  nlohmann::ordered_json json;
  json["files"] = report.files;
  json["invalid"] = nlohmann::ordered_json::array();
  for (const InvalidFile& file : report.invalid) {
    nlohmann::ordered_json entry = {
        {"path", ToUtf8(file.path)}, {"class", file.cls}, {"fault", file.fault}, {"detail", ToUtf8(file.detail)},
        {"size", file.size},         {"offset", nullptr}, {"line", nullptr},     {"column", nullptr}};
    if (file.offset) entry["offset"] = *file.offset;
    if (file.position) {
      entry["line"] = file.position->line;
      entry["column"] = file.position->column;
    }
    json["invalid"].push_back(std::move(entry));
  }
  json["unreadable"] = nlohmann::ordered_json::array();
  for (const std::string& path : report.unreadable) json["unreadable"].push_back(ToUtf8(path));
  return json;
}

}  // namespace fleet::agent

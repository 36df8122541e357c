#include "agent/cli/performance_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/cli/check_report.h"
#include "common/finding_json.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

constexpr std::size_t kLargest = 10;

std::string Decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string BytesText(std::int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return Decimal(value, unit == 0 ? 0 : 1) + " " + kUnits[unit];
}

std::string MillisText(double ms) {
  return ms >= 10'000 ? Decimal(ms / 1000, 1) + " s" : Decimal(ms, ms < 10 ? 1 : 0) + " ms";
}

std::string AgeText(std::int64_t ms) {
  const std::int64_t minutes = ms / 60'000;
  if (minutes < 60) return std::to_string(minutes) + " min";
  if (minutes < 48 * 60) return std::to_string(minutes / 60) + " h";
  return std::to_string(minutes / (24 * 60)) + " d";
}

std::string Padded(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string RootsText(const PerformanceReport& report, bool colour) {
  std::string text = Paint(Colour::kBold, "Loading", colour) + "\n";
  for (const PerformanceReport::RootLoad& root : report.roots) {
    text += "  " + ToPrintable(root.path) + "\n    list " + std::to_string(root.load.infos) +
            " sessions: " + MillisText(root.load.listing_ms) + " (slowest info " +
            MillisText(root.load.slowest_info_ms) + "); read all " + std::to_string(root.files) + " files, " +
            BytesText(root.bytes) + ": " + MillisText(root.load.whole_load_ms) + "\n";
  }
  if (report.roots.empty()) text += "  no data root\n";
  return text;
}

std::string SessionsText(const PerformanceReport& report, bool colour) {
  if (report.largest.empty()) return "";
  std::string text = Paint(Colour::kBold, "Largest sessions", colour) + "  (" + std::to_string(report.sessions) +
                     " with messages, " + BytesText(report.session_bytes / std::max<std::int64_t>(1, report.sessions)) +
                     " on average)\n";
  for (const PerformanceReport::SessionSize& session : report.largest) {
    text += "  " + Padded(BytesText(session.bytes), 10) + Padded(std::to_string(session.messages), 8) + " messages  " +
            ToPrintable(session.id) + "\n";
  }
  return text;
}

std::string MachineText(const PerformanceReport& report, bool colour) {
  std::string text = Paint(Colour::kBold, "Machine", colour) + "\n";
  if (const std::optional<MemoryFacts>& memory = report.processes.memory) {
    text += "  memory: " + BytesText(memory->available_bytes) + " available of " + BytesText(memory->total_bytes);
    if (memory->full_avg60) text += "; everything waited for it " + Decimal(*memory->full_avg60, 1) + " % of a minute";
    text += "\n";
  }
  if (report.load_averages.size() == 3) {
    text += "  load: " + Decimal(report.load_averages[0], 2) + " (1 min), " + Decimal(report.load_averages[1], 2) +
            " (5 min), " + Decimal(report.load_averages[2], 2) + " (15 min)\n";
  }
  return text;
}

std::string ProcessesText(const PerformanceReport& report, bool colour) {
  std::string text = Paint(Colour::kBold, "Processes", colour) + "\n";
  for (const ProcessInfo& process : report.processes.processes) {
    text += "  " + Padded(std::to_string(process.pid), 8) + Padded(BytesText(process.rss_bytes), 11) +
            Padded(Decimal(static_cast<double>(process.cpu_ms) / 1000, 1) + " s", 11) + " CPU" +
            Padded(process.age_ms ? AgeText(*process.age_ms) : "?", 9) + " old  " + ToPrintable(process.name);
    if (process.runs_dgmo && process.name != "dgmo") text += " (runs dgmo)";
    if (process.descriptors) text += ", " + std::to_string(process.descriptors->open) + " files open";
    text += "\n";
  }
  if (report.processes.processes.empty()) text += "  neither dgmo nor Qdrant runs here, as far as can be seen\n";
  return text;
}

nlohmann::ordered_json ProcessJson(const ProcessInfo& process) {
  nlohmann::ordered_json json = {
      {"pid", process.pid}, {"name", ToUtf8(process.name)},   {"runs_dgmo", process.runs_dgmo},
      {"uid", process.uid}, {"rss_bytes", process.rss_bytes}, {"cpu_ms", process.cpu_ms}};
  if (process.age_ms) json["age_ms"] = *process.age_ms;
  if (process.descriptors) {
    json["open_files"] = process.descriptors->open;
    json["open_files_limit"] = process.descriptors->soft_limit;
  }
  return json;
}

}  // namespace

void AddHome(const HomeModel& home, PerformanceReport& report) {
  for (const RootModel& root : home.roots) {
    report.roots.push_back({root.root.path, static_cast<std::int64_t>(root.sessions.size()), root.stats.files,
                            root.stats.bytes, root.load.value_or(LoadFacts{})});
    for (const auto& [id, conversation] : root.conversations) {
      if (conversation.messages == 0) continue;
      ++report.sessions;
      report.session_bytes += conversation.bytes;
      report.largest.push_back({id, root.root.path, conversation.messages, conversation.bytes});
    }
  }
  std::stable_sort(report.largest.begin(), report.largest.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (report.largest.size() > kLargest) report.largest.resize(kLargest);
}

std::string PerformanceText(const PerformanceReport& report, bool colour) {
  std::string text = RootsText(report, colour) + SessionsText(report, colour) + MachineText(report, colour) +
                     ProcessesText(report, colour);
  for (const Finding& finding : report.findings) {
    text.append(SymbolOf(finding.severity)).append(" ");
    text += Paint(ColourOf(finding.severity), std::string(SeverityText(finding.severity)) + " " + finding.code, colour);
    text += "  " + ToPrintable(finding.path) + "\n";
  }
  if (!report.findings.empty()) {
    text += "Next: `dgmo-agent explain " + report.findings.front().code + "` says more.\n";
  }
  return text;
}

nlohmann::ordered_json PerformanceJson(const PerformanceReport& report) {
  nlohmann::ordered_json json;
  json["roots"] = nlohmann::ordered_json::array();
  for (const PerformanceReport::RootLoad& root : report.roots) {
    json["roots"].push_back({{"path", ToUtf8(root.path)},
                             {"sessions", root.sessions},
                             {"files", root.files},
                             {"bytes", root.bytes},
                             {"listing_ms", root.load.listing_ms},
                             {"listings_measured", root.load.listings},
                             {"slowest_info_ms", root.load.slowest_info_ms},
                             {"whole_load_ms", root.load.whole_load_ms}});
  }
  json["sessions"] = {{"with_messages", report.sessions}, {"bytes", report.session_bytes}};
  json["largest_sessions"] = nlohmann::ordered_json::array();
  for (const PerformanceReport::SessionSize& session : report.largest) {
    json["largest_sessions"].push_back({{"id", ToUtf8(session.id)},
                                        {"root", ToUtf8(session.root)},
                                        {"messages", session.messages},
                                        {"bytes", session.bytes}});
  }
  if (const std::optional<MemoryFacts>& memory = report.processes.memory) {
    json["memory"] = {{"total_bytes", memory->total_bytes}, {"available_bytes", memory->available_bytes}};
    if (memory->full_avg60) json["memory"]["full_avg60_percent"] = *memory->full_avg60;
  }
  json["load_averages"] = report.load_averages;
  json["processes"] = nlohmann::ordered_json::array();
  for (const ProcessInfo& process : report.processes.processes) json["processes"].push_back(ProcessJson(process));
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) json["findings"].push_back(ToJson(finding));
  return json;
}

}  // namespace fleet::agent

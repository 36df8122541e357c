#include "agent/cli/readiness.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using State = ReadyItem::State;

bool Begins(const std::string& text, std::string_view beginning) { return text.rfind(beginning, 0) == 0; }
bool Contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool OfConfigHome(const Finding& finding, const HomeModel& home) {
  return Begins(finding.path, home.home.config_home + "/");
}

// What a finding is in the way of; the first that fits counts. Others do not keep dgmo from starting.
struct Row {
  const char* name;
  bool (*covers)(const Finding& finding, const HomeModel& home);
  const char* when_fine;
};
constexpr Row kRows[] = {
    {"Program",
     [](const Finding& f, const HomeModel&) { return f.code == "DGMO_NOT_INSTALLED" || f.code == "VERSION_MISMATCH"; },
     "installed"},
    {"Global configuration",
     [](const Finding& f, const HomeModel& home) { return f.component == "config" && OfConfigHome(f, home); },
     "dgmo takes it"},
    {"Project configurations", [](const Finding& f, const HomeModel&) { return Begins(f.code, "CONFIG_"); },
     "dgmo takes them"},
    {"App state", [](const Finding& f, const HomeModel&) { return Begins(f.code, "APP_"); }, "can be read"},
    {"Session list",
     [](const Finding& f, const HomeModel&) {
       const bool of_list = Contains(f.path, "/session/info/") || Contains(f.path, "/dgmo/sessions/");
       return f.code == "LAYOUT_SPLIT" || (of_list && f.severity <= Severity::kP1);
     },
     "can be listed"},
    {"Storage",
     [](const Finding& f, const HomeModel&) {
       return f.code == "STORAGE_ROOT_MISSING" || f.code == "STORAGE_SUBDIR_MISSING" || f.code == "STORAGE_IO_ERROR" ||
              Begins(f.code, "PERM_") || Begins(f.code, "DISK_") || Begins(f.code, "INODE_");
     },
     "can be read"},
};

void Take(const Finding& finding, ReadyItem& item) {
  const State state = finding.severity <= Severity::kP1 ? State::kBlocked : State::kNote;
  item.state = std::max(item.state, state);
  item.text += (item.text.empty() ? "" : ", ") + finding.code;
  item.paths.push_back(finding.path);
}

std::string ProgramText(const HomeModel& home, ReadyItem& item) {
  if (!home.config) return "not looked at";
  for (const char* name : {"dgmo", "opencode"}) {
    const auto found = home.config->programs.find(name);
    if (found == home.config->programs.end() || found->second.path.empty()) continue;
    const std::string& version = found->second.version;
    return found->second.path + (version.empty() ? "" : ", version " + version);
  }
  if (home.config->dgmo_running) return "one is running";
  item.state = State::kBlocked;
  return "no dgmo is installed for this user";
}

std::string GlobalText(const HomeModel& home, const char* when_fine) {
  if (!home.config) return "not looked at";
  const bool any = std::any_of(home.config->files.begin(), home.config->files.end(),
                               [](const ConfigFile& file) { return file.project.empty(); });
  return any ? when_fine : "none: dgmo starts with its defaults";
}

ReadyItem PortItem(const HomeModel& home, const std::vector<PortUse>& ports) {
  ReadyItem item;
  item.name = "Ports";
  const bool running = home.config && home.config->dgmo_running;
  for (const PortUse& port : ports) {
    if (!port.used) continue;
    item.text += (item.text.empty() ? "in use: " : ", ") + std::to_string(port.port);
    if (!running) item.state = State::kNote;
  }
  if (item.text.empty()) {
    item.text = "free";
  } else if (running) {
    item.text += ", as a dgmo is running";
  } else {
    item.text += ", and by no dgmo of this user";
  }
  return item;
}

std::string_view StateText(State state) {
  static constexpr std::string_view kTexts[] = {"ready", "note", "blocked"};
  return kTexts[static_cast<int>(state)];
}

std::string_view SymbolOf(State state) {
  return HealthSymbol(state == State::kReady  ? Health::kHealthy
                      : state == State::kNote ? Health::kWarning
                                              : Health::kCritical);
}

}  // namespace

bool Readiness::ready() const {
  return std::none_of(items.begin(), items.end(), [](const ReadyItem& item) { return item.state == State::kBlocked; });
}

Readiness JudgeReadiness(const HomeModel& home, const std::vector<Finding>& findings,
                         const std::vector<PortUse>& ports) {
  Readiness readiness;
  readiness.home = home.home.path;
  for (const Row& row : kRows) {
    readiness.items.emplace_back();
    readiness.items.back().name = row.name;
  }
  for (const Finding& finding : findings) {
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
      if (!kRows[i].covers(finding, home)) continue;
      Take(finding, readiness.items[i]);
      break;
    }
  }
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    ReadyItem& item = readiness.items[i];
    if (!item.text.empty()) continue;
    item.text = i == 0 ? ProgramText(home, item) : i == 1 ? GlobalText(home, kRows[i].when_fine) : kRows[i].when_fine;
  }
  readiness.items.push_back(PortItem(home, ports));
  return readiness;
}

std::string ReadinessText(const Readiness& readiness) {
  std::string text = ToPrintable(readiness.home) + "\n";
  for (const ReadyItem& item : readiness.items) {
    text.append("  ").append(SymbolOf(item.state)).append(" ").append(item.name).append(": ");
    text += ToPrintable(item.text) + "\n";
    for (const std::string& path : item.paths) text += "       " + ToPrintable(path) + "\n";
  }
  if (readiness.ready()) return text + "dgmo would start and show its sessions\n";
  return text + "dgmo would not start here, or not show all its sessions; `dgmo-agent check` says more\n";
}

nlohmann::ordered_json ReadinessJson(const Readiness& readiness) {
  nlohmann::ordered_json json;
  json["home"] = ToUtf8(readiness.home);
  json["ready"] = readiness.ready();
  json["items"] = nlohmann::ordered_json::array();
  for (const ReadyItem& item : readiness.items) {
    nlohmann::ordered_json paths = nlohmann::ordered_json::array();
    for (const std::string& path : item.paths) paths.push_back(ToUtf8(path));
    json["items"].push_back(
        {{"item", item.name}, {"state", StateText(item.state)}, {"text", ToUtf8(item.text)}, {"paths", paths}});
  }
  return json;
}

}  // namespace fleet::agent

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/checks/qdrant_entry.h"
#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/one_home.h"
#include "agent/cli/repair_text.h"
#include "agent/cli/targets.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "agent/repair/home_plan.h"
#include "agent/repair/journal.h"
#include "common/status.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr char kBypass[] = "R-BYPASS";

struct Options {
  Targets targets;
  std::string what;
  bool json = false;
};

// The MCP servers for Qdrant of a home, and the journal of the bypass that is in force.
struct Bypass {
  HomeModel home;
  std::vector<McpEntry> servers;
  std::string journal;  // empty: none
};

// Whether a journal is of a bypass of this home that has not been taken back.
bool IsInForce(const Journal& journal, const std::string& home) {
  const absl::StatusOr<std::string> text = journal.ManifestText();
  if (journal.Stage() != RootStage::kCommitted || !text.ok()) return false;
  const Json manifest = Json::parse(*text, nullptr, false);
  const Json plans = manifest.is_object() ? manifest.value("plans", Json::array()) : Json::array();
  return std::any_of(plans.begin(), plans.end(), [&](const Json& plan) {
    return plan.value("repair", "") == kBypass && plan.value("root", "") == ToUtf8(home);
  });
}

absl::StatusOr<Bypass> Look(const Target& target, const std::string& state) {
  Bypass bypass;
  ASSIGN_OR_RETURN(bypass.home, ReadHome(target, SleepFor));
  if (!bypass.home.config) return Unavailable("the configuration could not be looked at; try again");
  for (const McpEntry& entry : bypass.home.config->mcp_entries) {
    if (IsQdrantEntry(entry)) bypass.servers.push_back(entry);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, Journal::Ids(state));
  for (const std::string& id : ids) {
    const absl::StatusOr<Journal> journal = Journal::Load(state, id);
    if (journal.ok() && IsInForce(*journal, bypass.home.home.path)) bypass.journal = id;
  }
  return bypass;
}

bool AnyIsOn(const Bypass& bypass) {
  return std::any_of(bypass.servers.begin(), bypass.servers.end(), [](const McpEntry& entry) { return entry.enabled; });
}

// For a POSIX shell.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// dgmo without any of its sessions: what to type, since it is for the developer to start it.
std::string SessionLess(const HomeModel& home) {
  const auto program = home.config->programs.find("dgmo");
  const bool found = program != home.config->programs.end() && !program->second.path.empty();
  return "XDG_DATA_HOME=\"$(mktemp -d)\" " + (found ? Quoted(program->second.path) : "dgmo");
}

Json StateJson(const Bypass& bypass) {
  Json json{{"home", ToUtf8(bypass.home.home.path)},
            {"bypassed", !bypass.journal.empty()},
            {"journal", bypass.journal.empty() ? Json(nullptr) : Json(bypass.journal)},
            {"servers", Json::array()},
            {"session_less", ToUtf8(SessionLess(bypass.home))}};
  for (const McpEntry& entry : bypass.servers) {
    json["servers"].push_back(
        Json{{"name", ToUtf8(entry.name)}, {"file", ToUtf8(entry.file)}, {"enabled", entry.enabled}});
  }
  return json;
}

std::string StateText(const Bypass& bypass) {
  std::string text;
  for (const McpEntry& entry : bypass.servers) {
    text += ToPrintable(entry.name) + " in " + ToPrintable(entry.file) + (entry.enabled ? ": on\n" : ": off\n");
  }
  if (bypass.servers.empty()) text = "No configuration here names an MCP server for Qdrant.\n";
  text += bypass.journal.empty()
              ? "No bypass is in force.\n"
              : "A bypass is in force (journal " + bypass.journal + "); `dgmo-agent bypass off` takes it back.\n";
  return text + "To start dgmo with no session at all, and without its stored credentials:\n  " +
         ToPrintable(SessionLess(bypass.home)) + "\n";
}

RepairSelection Request(const Bypass& bypass) {
  Finding finding;
  finding.code = "BYPASS_REQUESTED";
  finding.severity = Severity::kP3;
  finding.root = bypass.home.home.path;
  finding.subject_id = "qdrant";
  finding.repair = kBypass;
  finding.fingerprint = Fingerprint(finding.code, finding.root, finding.subject_id);
  RepairSelection selection;
  selection.repairs = {kBypass};
  selection.consent = {kBypass};
  selection.requests = {std::move(finding)};
  return selection;
}

RepairEngine Engine(const Clock& clock, const std::string& state) {
  RepairEngine::Options options;
  options.state = state;
  options.pause = SleepFor;
  return RepairEngine(clock, std::move(options));
}

int SwitchOn(const Target& target, const Bypass& before, const Options& options, const std::string& state) {
  const SystemClock clock;
  if (!AnyIsOn(before)) {
    std::cout << (options.json ? StateJson(before).dump(2) + "\n" : StateText(before));
    return 0;
  }
  const absl::StatusOr<RepairRun> run = Engine(clock, state).Apply({target}, Request(before));
  if (!run.ok()) return ReportError(run.status());
  const absl::StatusOr<Bypass> after = Look(target, state);
  if (!after.ok()) return ReportError(after.status());
  if (options.json) {
    Json json = StateJson(*after);
    json["results"] = RunJson(*run)["results"];
    std::cout << json.dump(2) << '\n';
  } else {
    std::cout << ResultText(*run, options.targets.state.empty() ? "" : " --state " + options.targets.state,
                            WantsColour())
              << StateText(*after);
  }
  return run->Complete() ? 0 : 1;
}

int SwitchOff(const Bypass& before, const Options& options, const std::string& state) {
  const SystemClock clock;
  if (before.journal.empty()) {
    std::cout << (options.json ? StateJson(before).dump(2) + "\n" : StateText(before));
    return 0;
  }
  const absl::StatusOr<UndoRun> run = Engine(clock, state).Undo(before.journal);
  if (!run.ok()) return ReportError(run.status());
  if (options.json) {
    std::cout << UndoJson(*run).dump(2) << '\n';
  } else {
    std::cout << UndoText(*run, WantsColour());
    if (run->refusal) std::cout << "Set \"enabled\" of the server to true in an editor, or remove it.\n";
  }
  return run->refusal ? 1 : 0;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<Target>> targets = ResolveTargets(options.targets);
  if (!targets.ok()) return ReportError(targets.status());
  const std::string state = StateFolder(options.targets);
  const absl::StatusOr<Bypass> bypass = Look(targets->front(), state);
  if (!bypass.ok()) return ReportError(bypass.status());
  if (options.what == "on") return SwitchOn(targets->front(), *bypass, options, state);
  if (options.what == "off") return SwitchOff(*bypass, options, state);
  std::cout << (options.json ? StateJson(*bypass).dump(2) + "\n" : StateText(*bypass));
  return 0;
}

}  // namespace

void AddBypassCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("bypass", "Let dgmo work while Qdrant does not, and take that back later");
  command->footer(
      "on sets \"enabled\" of every MCP server for Qdrant to false in the configuration, through a journal; off gives "
      "the very same files back. Also tells how to start dgmo without its sessions.\n"
      "Exit code: 0 done or nothing to do, 1 refused or failed (nothing is changed), 2 could not run.");
  auto options = std::make_shared<Options>();
  command->add_option("what", options->what, "on, off or status")
      ->check(CLI::IsMember({"on", "off", "status"}))
      ->default_val("status")
      ->type_name("on|off|status");
  AddOneHomeOptions(*command, options->targets);
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent

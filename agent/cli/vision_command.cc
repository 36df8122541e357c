#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/targets.h"
#include "agent/cli/vision_advice.h"
#include "agent/probe/inspect.h"
#include "agent/store/session_id.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

struct Options {
  Targets targets;
  std::string session;
  int newest = 20;
  bool json = false;
};

constexpr std::size_t kMostMessages = 64;  // looked at from the end of a conversation

struct Talk {
  const RootModel* root;
  std::string session;
  const Conversation* conversation;
};

std::vector<Talk> Talks(const std::vector<HomeModel>& homes, const Options& options) {
  std::vector<Talk> talks;
  for (const HomeModel& home : homes) {
    for (const RootModel& root : home.roots) {
      for (const auto& [session, conversation] : root.conversations) {
        if (options.session.empty() || options.session == session) talks.push_back({&root, session, &conversation});
      }
    }
  }
  std::stable_sort(talks.begin(), talks.end(), [](const Talk& a, const Talk& b) {
    return a.conversation->last_mtime_ms > b.conversation->last_mtime_ms;
  });
  const auto most = static_cast<std::size_t>(options.newest);
  if (options.session.empty() && talks.size() > most) talks.resize(most);
  return talks;
}

// From the user's last message on, oldest first.
std::vector<VisionMessage> LastTurn(const Talk& talk) {
  std::vector<VisionMessage> messages;
  const absl::StatusOr<Directory> root = Directory::OpenRoot(talk.root->root.path);
  if (!root.ok()) return messages;
  const absl::StatusOr<Directory> directory = root->Open(talk.conversation->path);
  if (!directory.ok()) return messages;
  std::vector<std::pair<std::int64_t, std::string>> names;
  const absl::Status listed = directory->List([&](const std::string& name, EntryType type) {
    if (type != EntryType::kFile || name.size() < 6 || name.compare(name.size() - 5, 5, ".json") != 0) return;
    const std::string id = name.substr(0, name.size() - 5);
    names.emplace_back(IdTimeMs(id, talk.conversation->last_mtime_ms).value_or(0), name);
  });
  if (!listed.ok()) return messages;
  std::sort(names.rbegin(), names.rend());
  PaddedText bytes;
  FileStat stat;
  for (std::size_t i = 0; i < names.size() && i < kMostMessages; ++i) {
    if (!directory->Read(names[i].second, SizeLimit(DocumentClass::kMessage), bytes, stat).ok()) continue;
    std::optional<VisionMessage> message = ReadVisionMessage(bytes.view());
    if (!message) continue;
    messages.push_back(*std::move(message));
    if (!messages.back().assistant) break;
  }
  std::reverse(messages.begin(), messages.end());
  return messages;
}

int Run(const Options& options) {
  const absl::StatusOr<std::vector<Target>> targets = ResolveTargets(options.targets);
  if (!targets.ok()) return ReportError(targets.status());
  std::vector<HomeModel> homes;
  for (const Target& target : *targets) {
    absl::StatusOr<HomeModel> home = Inspect(target, SleepFor);
    if (!home.ok()) return ReportError(home.status());
    homes.push_back(*std::move(home));
  }
  const std::vector<Talk> talks = Talks(homes, options);
  if (!options.session.empty() && talks.empty()) {
    return ReportError(
        NotFound("no conversation of session " + options.session + "; `dgmo-agent sessions` shows which there are"));
  }
  std::vector<VisionAdvice> advice;
  for (const Talk& talk : talks) {
    std::optional<VisionAdvice> one = AdviseOnImages(LastTurn(talk));
    if (!one) continue;
    one->root = talk.root->root.path;
    one->session = talk.session;
    advice.push_back(*std::move(one));
  }
  const auto count = static_cast<std::int64_t>(talks.size());
  if (options.json) {
    std::cout << VisionAdviceJson(advice, count).dump(2) << '\n';
  } else {
    std::cout << VisionAdviceText(advice, count);
  }
  return advice.empty() ? 0 : 1;
}

}  // namespace

void AddVisionCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("vision", "Say why images were not seen; prints ids, never messages");
  command->footer("Exit code: 0 no trouble with images, 1 advice, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("--session", options->session, "Only this session")->type_name("ID");
  command->add_option("--newest", options->newest, "How many of the newest sessions to look at")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace fleet::agent

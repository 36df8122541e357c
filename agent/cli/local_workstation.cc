#include "agent/cli/local_workstation.h"

#include <spdlog/spdlog.h>

#include "agent/checks/check.h"
#include "agent/cli/command_outcome.h"
#include "agent/probe/inspect.h"
#include "agent/repair/engine.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

v1::RootFacts FactsOf(const Root& root) {
  v1::RootFacts facts;
  facts.set_kind(std::string(RootKindText(root.kind)));
  facts.set_path(ToUtf8(root.path));
  return facts;
}

v1::RootFacts FactsOf(const RootModel& model) {
  v1::RootFacts facts = FactsOf(model.root);
  facts.set_sessions(static_cast<std::int64_t>(model.sessions.size()));
  std::int64_t messages = 0;
  for (const auto& [id, conversation] : model.conversations) messages += conversation.messages;
  facts.set_messages(messages);
  return facts;
}

std::vector<std::string> List(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

Examination LocalWorkstation::Examine() {
  Examination seen;
  for (const Target& target : targets_) ExamineTarget(target, seen);
  return seen;
}

void LocalWorkstation::ExamineTarget(const Target& target, Examination& seen) const {
  const absl::StatusOr<HomeModel> home = Inspect(target, SleepFor);
  if (!home.ok()) {
    spdlog::warn("check_failed error=\"{}\"", ToPrintable(MessageOf(home.status())));
    if (!target.home.path.empty()) seen.unknown.push_back(target.home.path);
    for (const Root& root : target.explicit_roots) seen.unknown.push_back(root.path);
    return;
  }
  std::vector<Finding> findings = CheckHome(*home, ToMillis(clock_.Now()));
  std::move(findings.begin(), findings.end(), std::back_inserter(seen.findings));
  for (const auto& [path, why] : home->unreadable) seen.unknown.push_back(path);
  for (const RootModel& root : home->roots) {
    seen.roots.push_back(FactsOf(root));
    for (const auto& [path, why] : root.unreadable) {
      seen.unknown.push_back(path.empty() ? root.root.path : root.root.path + "/" + path);
    }
  }
  for (const Root& root : home->foreign) seen.roots.push_back(FactsOf(root));
}

CommandOutcome LocalWorkstation::Run(const v1::Action& action) {
  if (action.has_repair()) return Repair(action.repair());
  if (action.has_undo()) return Undo(action.undo());
  return CouldNotRun("unknown_action", "This version of the agent does not know that action; install a newer one");
}

CommandOutcome LocalWorkstation::Repair(const v1::RepairAction& action) const {
  RepairSelection selection;
  selection.repairs = List(action.repairs());
  selection.codes = List(action.codes());
  selection.session_id = action.session_id();
  selection.consent = List(action.consent());
  RepairEngine::Options options;
  options.state = state_;
  options.pause = SleepFor;
  RepairEngine engine(clock_, std::move(options));
  return OutcomeOf(engine.Apply(targets_, selection));
}

CommandOutcome LocalWorkstation::Undo(const v1::UndoAction& action) const {
  RepairEngine::Options options;
  options.state = state_;
  options.pause = SleepFor;
  RepairEngine engine(clock_, std::move(options));
  return OutcomeOf(engine.Undo(action.journal_id()));
}

}  // namespace fleet::agent

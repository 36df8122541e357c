#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/fault/victims.h"

namespace fleet {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

std::int64_t NowMs() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

enum class Target { kInfo, kMessage, kRecord, kIndex };
enum class State {
  kNewer,    // killed between writing and renaming: complete, the document is the one before
  kAlone,    // the same, and there was no document yet
  kPartial,  // killed, or the disk full, while writing
  kEmpty,
};

struct Case {
  Target target;
  State state;
  Severity severity;
};

// The document dgmo was about to write over the one there.
std::string Next(const Victim& victim, Target target, const std::string& path, std::int64_t now_ms) {
  Json next = Json::parse(victim.root->Read(path), nullptr, false);
  if (target == Target::kInfo) next["time"]["updated"] = now_ms;
  if (target == Target::kMessage) next["parts"].push_back({{"type", "text"}, {"text", "One more."}});
  if (target == Target::kRecord) next["completedAt"] = now_ms;
  return next.dump();
}

std::string PathOf(const Victim& victim, Target target) {
  switch (target) {
    case Target::kInfo: return victim.root->InfoPath(victim.id);
    case Target::kMessage: return victim.root->messages.at(victim.id).back();
    case Target::kRecord: return StoreRoot::RecordPath(victim.id);
    case Target::kIndex: return StoreRoot::IndexPath(victim.id);
  }
  return "";
}

// When the write began: after all that the document tells of itself, and long enough ago.
std::int64_t LitterTime(const Victim& victim, const std::string& path) {
  const std::int64_t mtime = victim.root->MtimeMs(path);
  if (mtime > NowMs() - kHourMs) victim.root->SetMtimeMs(path, NowMs() - kHourMs);
  return std::min(mtime, NowMs() - kHourMs) + kHourMs / 2;
}

absl::StatusOr<Injected> Leave(Victims& victims, const Case& what) {
  const std::optional<Victim> victim = what.target == Target::kIndex    ? victims.Parent(2)
                                       : what.target == Target::kRecord ? victims.Child()
                                                                        : victims.Main();
  if (!victim) return NothingToBreak("session of that kind");
  const std::string path = PathOf(*victim, what.target);
  const std::int64_t ms = LitterTime(*victim, path);
  std::string bytes = Next(*victim, what.target, path, ms);
  if (what.state == State::kPartial) bytes.resize(bytes.size() / 2);
  if (what.state == State::kEmpty) bytes.clear();
  // An index was read, and one entry added: the document lacks the newest.
  if (what.target == Target::kIndex && what.state == State::kNewer) {
    Json before = victim->root->indexes.at(victim->id);
    before.erase(before.size() - 1);
    victim->root->Write(path, before.dump());
  }
  if (what.state == State::kAlone) victim->root->Remove(path);
  const std::string litter = path + std::to_string(ms) + ".tmp";
  victim->root->Write(litter, bytes);
  victim->root->SetMtimeMs(litter, ms);
  return Injected{.name = "",
                  .code = "TMP_LITTER",
                  .severity = what.severity,
                  .path = victim->root->path + "/" + litter,
                  .subject_id = "",
                  .repairable = true};
}

}  // namespace

void AddLitterFaults(std::vector<Fault>& faults) {
  const struct {
    const char* name;
    Target target;
    Severity severity;
  } kTargets[] = {{"info", Target::kInfo, Severity::kP1},
                  {"message", Target::kMessage, Severity::kP2},
                  {"record", Target::kRecord, Severity::kP3},
                  {"index", Target::kIndex, Severity::kP3}};
  const struct {
    const char* name;
    const char* story;
    State state;
  } kStates[] = {{"newer", "killed before the rename: the temporary file is the newer state", State::kNewer},
                 {"alone", "killed before the first rename: there is only the temporary file", State::kAlone},
                 {"partial", "killed while writing: half a temporary file", State::kPartial},
                 {"empty", "the disk was full: a temporary file without content", State::kEmpty}};
  for (const auto& target : kTargets) {
    for (const auto& state : kStates) {
      const Case what = {target.target, state.state, target.severity};
      faults.push_back({{std::string("litter-") + target.name + "-" + state.name, state.story},
                        [what](Victims& victims) { return Leave(victims, what); }});
    }
  }
}

}  // namespace fleet

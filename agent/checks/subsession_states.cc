#include <array>

#include "agent/checks/rules.h"

namespace fleet::agent {

namespace {

constexpr std::array<std::string_view, 4> kStatuses = {"pending", "running", "completed", "failed"};
constexpr std::size_t kLongestStatus = 32;  // of one that is none

Finding DraftState(const RootView& root, std::string_view code, const std::string& id, const SubsessionRecord& record) {
  Finding finding = root.Draft(code, id, {record.path});
  finding.evidence["parent"] = record.document.parent;
  finding.evidence["status"] = record.document.status.substr(0, kLongestStatus);
  AddStat(finding, record.stat);
  return finding;
}

void CheckStatus(const RootView& root, const std::string& id, const SubsessionRecord& record,
                 std::vector<Finding>& findings) {
  for (const std::string_view status : kStatuses) {
    if (record.document.status == status) return;
  }
  findings.push_back(DraftState(root, "SUBSESSION_STATUS_INVALID", id, record));
}

// Empty when the times follow each other as the states do.
std::string FaultOfTimes(const SubsessionDocument& record) {
  const double started = record.started_at.value_or(record.created_at);
  if (started < record.created_at) return "startedAt is before createdAt";
  if (record.completed_at && *record.completed_at < started) {
    return record.started_at ? "completedAt is before startedAt" : "completedAt is before createdAt";
  }
  return record.status == "completed" && !record.completed_at ? "completed without completedAt" : "";
}

void CheckTimes(const RootView& root, const std::string& id, const SubsessionRecord& record,
                std::vector<Finding>& findings) {
  const std::string fault = FaultOfTimes(record.document);
  if (fault.empty()) return;
  Finding finding = DraftState(root, "SUBSESSION_TIME_ORDER", id, record);
  finding.evidence["fault"] = fault;
  finding.evidence["created_at"] = NumberEvidence(record.document.created_at);
  if (record.document.started_at) finding.evidence["started_at"] = NumberEvidence(*record.document.started_at);
  if (record.document.completed_at) finding.evidence["completed_at"] = NumberEvidence(*record.document.completed_at);
  findings.push_back(std::move(finding));
}

// Running, when nobody runs it: its last message tells since when.
void CheckStale(const HomeView& home, const RootView& root, const std::string& id, const SubsessionRecord& record,
                std::vector<Finding>& findings) {
  const SubsessionDocument& document = record.document;
  if (root.model().live || (document.status != "pending" && document.status != "running")) return;
  const auto conversation = root.model().conversations.find(id);
  const std::int64_t newest_ms = conversation == root.model().conversations.end() ? 0 : conversation->second.newest_ms;
  const std::int64_t idle_ms = IdleMs(root.now_ms(),
                                      {document.created_at, document.started_at.value_or(0),
                                       document.completed_at.value_or(0), static_cast<double>(newest_ms)},
                                      record.stat.mtime_ms());
  if (idle_ms <= home.settings.stale_ms) return;
  Finding finding = DraftState(root, "SUBSESSION_STALE_RUNNING", id, record);
  finding.evidence["last_activity_ms"] = root.now_ms() - idle_ms;
  findings.push_back(std::move(finding));
}

// dgmo calls an agent completed whose model failed in the middle of its answer; only its last message tells.
void CheckHiddenFailure(const RootView& root, const std::string& id, const SubsessionRecord& record,
                        std::vector<Finding>& findings) {
  if (record.document.status != "completed" || !record.document.no_output) return;
  const auto conversation = root.model().conversations.find(id);
  if (conversation == root.model().conversations.end() || !conversation->second.last.has_error) return;
  const LastMessage& last = conversation->second.last;
  Finding finding = DraftState(root, "SUBSESSION_HIDDEN_FAILURE", id, record);
  finding.paths.push_back(root.model().root.path + "/" + conversation->second.path + "/" + last.id + ".json");
  finding.evidence["last_message"] = last.id;
  findings.push_back(std::move(finding));
}

// What is left of a deleted family is nobody's state.
bool IsResidue(const HomeView& home, const std::string& id, const SubsessionRecord& record) {
  return home.Trace(id) == Presence::kAbsent && home.Trace(record.document.parent) == Presence::kAbsent;
}

}  // namespace

void CheckSubsessionStates(const HomeView& home, const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [id, record] : root.model().records) {
    if (root.IsFresh(record.stat.mtime_ms()) || IsResidue(home, id, record)) continue;
    CheckStatus(root, id, record, findings);
    CheckTimes(root, id, record, findings);
    CheckStale(home, root, id, record, findings);
    CheckHiddenFailure(root, id, record, findings);
  }
}

}  // namespace fleet::agent

#include <array>
#include <cctype>
#include <cmath>

#include "agent/checks/rules.h"
#include "agent/store/session_id.h"

namespace fleet::agent {

namespace {

constexpr double kOldestMs = 1e11;  // smaller ones are seconds
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kSkewMs = 5'000;

// "2025-07-08T10:02:11.480Z", every digit free.
bool IsIsoTime(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

// The titles that a session has before it has messages; the last is what a rebuilt one without messages gets.
bool IsDefaultTitle(std::string_view title) {
  constexpr std::array<std::string_view, 3> kBeginnings = {"New Session - ", "Child session - ",
                                                           "Recovered session - "};
  for (const std::string_view beginning : kBeginnings) {
    if (title.substr(0, beginning.size()) == beginning && IsIsoTime(title.substr(beginning.size()))) return true;
  }
  return false;
}

void CheckMissingInfos(const RootView& root, std::vector<Finding>& findings) {
  for (const auto& [id, conversation] : root.model().conversations) {
    if (conversation.messages + conversation.damaged == 0 || root.IsFresh(conversation.last_mtime_ms)) continue;
    if (root.Info(id) != Presence::kAbsent) continue;
    Finding finding = root.Draft("SESSION_FILE_MISSING", id, {root.InfoPath(id), conversation.path});
    finding.evidence["messages"] = conversation.messages;
    finding.evidence["damaged_messages"] = conversation.damaged;
    finding.evidence["oldest_ms"] = conversation.oldest_ms;
    finding.evidence["newest_ms"] = conversation.newest_ms;
    findings.push_back(std::move(finding));
  }
}

void CheckMessagesLost(const RootView& root, const std::string& id, const SessionInfo& info,
                       std::vector<Finding>& findings) {
  if (IsDefaultTitle(info.document.title) || root.Messages(id) != Presence::kAbsent) return;
  const auto conversation = root.model().conversations.find(id);
  std::vector<std::string> paths = {info.path};
  if (conversation != root.model().conversations.end()) paths.push_back(conversation->second.path);
  Finding finding = root.Draft("SESSION_MESSAGES_LOST", id, paths);
  finding.evidence["messages"] = 0;
  AddStat(finding, info.stat);
  findings.push_back(std::move(finding));
}

void CheckId(const RootView& root, const std::string& id, const SessionInfo& info, std::vector<Finding>& findings) {
  if (info.document.id == id) return;
  Finding finding = root.Draft("SESSION_ID_MISMATCH", id, {info.path});
  finding.evidence["expected"] = id;
  finding.evidence["actual"] = info.document.id;
  finding.evidence["actual_has_file"] = root.Info(info.document.id) == Presence::kPresent ? 1 : 0;
  AddStat(finding, info.stat);
  findings.push_back(std::move(finding));
}

// Empty when the time can be right.
std::string FaultOfTime(const std::string& name, double ms, std::int64_t now_ms) {
  if (!std::isfinite(ms) || std::trunc(ms) != ms) return name + " is no whole number";
  if (ms < 0) return name + " is negative";
  if (ms < kOldestMs) return name + " is in seconds, not milliseconds";
  if (ms > static_cast<double>(now_ms + kDayMs)) return name + " is in the future";
  return "";
}

void CheckTimes(const RootView& root, const std::string& id, const SessionInfo& info, std::vector<Finding>& findings) {
  const SessionDocument& document = info.document;
  std::string fault = FaultOfTime("created", document.created, root.now_ms());
  const bool created_holds = fault.empty();
  if (fault.empty()) fault = FaultOfTime("updated", document.updated, root.now_ms());
  if (fault.empty() && document.created > document.updated) fault = "created is after updated";
  const std::optional<IdTime> decoded = DecodeId(id);
  const auto add = [&](std::string_view code, const std::string& text) {
    Finding finding = root.Draft(code, id, {info.path});
    finding.evidence["created"] = NumberEvidence(document.created);
    finding.evidence["updated"] = NumberEvidence(document.updated);
    finding.evidence["fault"] = text;
    if (decoded) finding.evidence["id_ms"] = NearestTime(decoded->ms_in_epoch, info.stat.mtime_ms());
    findings.push_back(std::move(finding));
  };
  if (!fault.empty()) add("SESSION_TIME_INVALID", fault);
  if (!created_holds || !decoded) return;
  const std::int64_t apart =
      std::llabs(static_cast<std::int64_t>(document.created) % kIdEpochMs - decoded->ms_in_epoch);
  const std::int64_t skew = std::min(apart, kIdEpochMs - apart);
  if (skew > kSkewMs) add("SESSION_ID_TIME_SKEW", std::to_string(skew) + " ms between the id and created");
}

// Names of files only: an id that is merely mentioned has rules of its own.
void CheckNames(const RootView& root, std::vector<Finding>& findings) {
  std::map<std::string, std::vector<std::string>> malformed;
  const auto collect = [&](const auto& documents) {
    for (const auto& [id, document] : documents) {
      if (!IsWellFormedId(id, "ses") && !root.IsFresh(document.stat.mtime_ms())) malformed[id].push_back(document.path);
    }
  };
  collect(root.model().sessions);
  collect(root.model().records);
  collect(root.model().indexes);
  for (const auto& [id, paths] : malformed) findings.push_back(root.Draft("SESSION_ID_MALFORMED", id, paths));
}

}  // namespace

void CheckSessions(const HomeView&, const RootView& root, std::vector<Finding>& findings) {
  CheckMissingInfos(root, findings);
  CheckNames(root, findings);
  for (const auto& [id, info] : root.model().sessions) {
    if (root.IsFresh(info.stat.mtime_ms())) continue;
    CheckMessagesLost(root, id, info, findings);
    CheckId(root, id, info, findings);
    CheckTimes(root, id, info, findings);
  }
}

}  // namespace fleet::agent

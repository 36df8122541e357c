#include <algorithm>

#include "agent/checks/collection_backup.h"
#include "agent/checks/qdrant_collection.h"
#include "agent/checks/rules.h"

namespace fleet::agent {

// The server first: nothing is said of a collection that could not be asked for (catalogue: "Qdrant").

namespace {

using Server = QdrantFacts::Server;

// Whether anything tells that there has been a Qdrant here. Where nothing does, none can be missing.
bool HasTrace(const QdrantFacts& facts) {
  return facts.wanted || facts.any_entry || facts.process || facts.folder || facts.storage || facts.backup ||
         (facts.remembered && facts.remembered->points > 0);
}

void AddCall(const QdrantFacts& facts, Finding& finding) {
  if (!facts.call.empty()) finding.evidence["call"] = facts.call;
  if (facts.status != 0) finding.evidence["http_status"] = std::int64_t{facts.status};
  if (!facts.reason.empty()) finding.evidence["reason"] = facts.reason;
}

void AddProcess(const QdrantFacts& facts, Finding& finding) {
  if (!facts.process) return;
  finding.evidence["pid"] = std::int64_t{facts.process->pid};
  if (facts.process->age_ms) finding.evidence["process_age_ms"] = *facts.process->age_ms;
}

// Qdrant opens its port only after every collection is loaded: until then it looks down, and restarting it would make
// it begin again. Docker's proxy takes connections meanwhile and ends them.
bool IsLoading(const QdrantFacts& facts, const CheckSettings& settings) {
  return facts.process && facts.process->age_ms && *facts.process->age_ms < settings.qdrant_loading_ms;
}

Finding NotReady(const QdrantFacts& facts, const CheckSettings& settings) {
  Finding finding = DraftQdrantFinding(facts, "QDRANT_NOT_READY", false);
  AddCall(facts, finding);
  AddProcess(facts, finding);
  if (facts.status == 0 && IsLoading(facts, settings)) {
    finding.evidence["loading"] = std::int64_t{1};
    finding.refusal = "the server's process is young and may still be loading its collections: wait";
    finding.auto_repair = false;
  }
  return finding;
}

void Refused(const QdrantFacts& facts, const CheckSettings& settings, std::vector<Finding>& findings) {
  if (!HasTrace(facts)) return;
  if (IsLoading(facts, settings)) {
    findings.push_back(NotReady(facts, settings));
    return;
  }
  Finding finding = DraftQdrantFinding(facts, "QDRANT_DOWN", false);
  AddCall(facts, finding);
  AddProcess(facts, finding);
  findings.push_back(std::move(finding));
}

void TimedOut(const QdrantFacts& facts, const CheckSettings& settings, std::vector<Finding>& findings) {
  if (!HasTrace(facts)) return;
  Finding finding = DraftQdrantFinding(facts, "QDRANT_TIMEOUT", false);
  AddCall(facts, finding);
  const std::int64_t in_row = 1 + (facts.remembered ? facts.remembered->timeouts_in_row : 0);
  finding.evidence["checks_in_row"] = std::min(in_row, settings.qdrant_timeouts);
  if (facts.wanted && in_row >= settings.qdrant_timeouts) finding.severity = Severity::kP1;
  findings.push_back(std::move(finding));
}

}  // namespace

Finding DraftQdrantFinding(const QdrantFacts& facts, std::string_view code, bool about_collection) {
  const std::string path = about_collection ? facts.url + "/collections/" + facts.collection : facts.url;
  Finding finding = DraftFinding(code, "", facts.url, about_collection ? facts.collection : "", {path});
  if (!facts.wanted) finding.severity = Severity::kP3;
  return finding;
}

void CheckQdrant(const HomeView& home, std::vector<Finding>& findings) {
  if (!home.model.qdrant) return;
  const QdrantFacts& facts = *home.model.qdrant;
  switch (facts.server) {
    case Server::kEmbedded:
    case Server::kUnknown: return;
    case Server::kRefused: return Refused(facts, home.settings, findings);
    case Server::kTimedOut: return TimedOut(facts, home.settings, findings);
    case Server::kNotReady: findings.push_back(NotReady(facts, home.settings)); break;
    case Server::kWrongService:
    case Server::kUnauthorized: {
      const bool wrong = facts.server == Server::kWrongService;
      Finding finding = DraftQdrantFinding(facts, wrong ? "QDRANT_WRONG_SERVICE" : "QDRANT_AUTH", false);
      AddCall(facts, finding);
      if (!wrong) finding.evidence["key_sent"] = std::int64_t{facts.has_api_key};
      findings.push_back(std::move(finding));
      break;
    }
    case Server::kAnswers: break;
  }
  if (facts.is_exposed) {
    Finding finding = DraftQdrantFinding(facts, "QDRANT_EXPOSED", false);
    finding.evidence["reachable_at"] = facts.exposed_at;
    findings.push_back(std::move(finding));
  }
  CheckQdrantCollection(facts, home.settings, findings);
  // A server that this home does not use is for others to back up.
  if (facts.wanted && facts.found && facts.found->points) {
    CheckCollectionBackup(home, facts.url + "/collections/" + facts.collection, facts.collection, *facts.found->points,
                          findings);
  }
}

}  // namespace fleet::agent

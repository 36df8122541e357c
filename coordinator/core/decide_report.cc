#include <algorithm>
#include <set>

#include "common/finding_wire.h"
#include "common/status.h"
#include "coordinator/core/decide.h"
#include "coordinator/core/incident_rules.h"
#include "coordinator/core/offer.h"

namespace fleet::coordinator {

namespace {

constexpr std::int64_t kMaxFindings = 10'000;
constexpr std::size_t kMaxParts = 10'000;
constexpr std::size_t kMaxUnknownPaths = 256;
constexpr std::size_t kMaxFingerprint = 128;

using Names = std::set<std::string, std::less<>>;

// What a complete report says, whether it came in parts or not.
struct Said {
  std::map<std::string, FindingPtr> found;  // by fingerprint
  Names gone;                               // of a difference
  std::vector<std::string> unknown_paths;
  bool full = false;
};

absl::Status CheckSequence(const LinkRow& link, const v1::FindingReport& report) {
  if (report.sequence() != link.last_sequence + 1) {
    return Aborted("report " + std::to_string(report.sequence()) + " came after report " +
                   std::to_string(link.last_sequence) + "; attach again and send the whole set");
  }
  if (!report.full() && !link.complete) {
    return FailedPrecondition("a difference came before the whole set of findings; send the whole set first");
  }
  if (!report.full() && !link.parts.empty()) {
    return FailedPrecondition("a difference came between the parts of a whole set; finish the set first");
  }
  if (report.more() && !report.full()) return InvalidArgument("only a whole set comes in parts");
  const std::int64_t size = link.buffered + report.found_size();
  if (link.unknown_paths.size() + static_cast<std::size_t>(report.unknown_paths_size()) > kMaxUnknownPaths) {
    return ResourceExhausted("more than 256 unknown paths; send \"/\" instead");
  }
  if (size > kMaxFindings || report.gone_fingerprints_size() > kMaxFindings || link.parts.size() >= kMaxParts) {
    return ResourceExhausted("more than 10000 findings of one machine; send the most severe ones and count the rest");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FindingPtr>> FindingsFrom(const v1::FindingReport& report) {
  std::vector<FindingPtr> findings;
  findings.reserve(static_cast<std::size_t>(report.found_size()));
  for (const v1::Finding& wire : report.found()) {
    ASSIGN_OR_RETURN(Finding finding, FromWire(wire));
    if (finding.fingerprint.size() > kMaxFingerprint) return InvalidArgument("a fingerprint is over 128 bytes");
    findings.push_back(std::make_shared<const Finding>(std::move(finding)));
  }
  return findings;
}

// The link with this part added to the whole set under way.
LinkRow WithPart(const LinkRow& link, const v1::FindingReport& report, std::vector<FindingPtr> findings) {
  LinkRow row = link;
  row.buffered += report.found_size();
  row.parts.push_back(std::make_shared<const std::vector<FindingPtr>>(std::move(findings)));
  row.unknown_paths.insert(row.unknown_paths.end(), report.unknown_paths().begin(), report.unknown_paths().end());
  return row;
}

Said SaidBy(const LinkRow& link, const v1::FindingReport& report) {
  Said said;
  said.full = report.full();
  for (const auto& part : link.parts) {
    for (const FindingPtr& finding : *part) said.found[finding->fingerprint] = finding;
  }
  said.unknown_paths = link.unknown_paths;
  if (!said.full) said.gone.insert(report.gone_fingerprints().begin(), report.gone_fingerprints().end());
  return said;
}

// The rows of the agent that the report says are gone.
std::vector<RowPtr<FindingRow>> GoneRows(const FleetState& state, const std::string& agent_id, const Said& said) {
  std::vector<RowPtr<FindingRow>> gone;
  const auto& rows = state.findings();
  if (!said.full) {
    for (const std::string& fingerprint : said.gone) {
      const auto row = rows.find(FaultKey{agent_id, fingerprint});
      if (row != rows.end() && !said.found.contains(fingerprint)) gone.push_back(row->second);
    }
    return gone;
  }
  for (auto row = rows.lower_bound(FaultKey{agent_id, ""}); row != rows.end() && row->first.agent_id == agent_id;
       ++row) {
    const std::string& fingerprint = row->first.fingerprint;
    const bool unknown = IsBelowAny(*row->second->finding, said.unknown_paths);
    if (!said.found.contains(fingerprint) && !unknown) gone.push_back(row->second);
  }
  return gone;
}

// Findings and incidents change together: an open incident exists for each finding row, and for nothing else.
void ApplyFound(const FleetState& state, AgentRow& agent, const FindingPtr& finding, const Moment& moment,
                std::vector<Change>& changes) {
  const FaultKey fault{agent.id, finding->fingerprint};
  const auto known = state.findings().find(fault);
  if (known != state.findings().end()) {
    if (SameFault(*known->second->finding, *finding)) return;
    --agent.findings_by_severity[static_cast<int>(known->second->finding->severity)];
    UpdateIncident(state, *state.OpenIncident(fault), finding, moment, changes);
  } else {
    OpenIncident(state, agent, finding, moment, changes);
  }
  ++agent.findings_by_severity[static_cast<int>(finding->severity)];
  changes.push_back(Put(FindingRow{agent.id, finding}));
}

void ApplyGone(const FleetState& state, AgentRow& agent, const FindingRow& row, const Moment& moment,
               std::vector<Change>& changes) {
  --agent.findings_by_severity[static_cast<int>(row.finding->severity)];
  ResolveIncident(state, *state.OpenIncident(row.key()), moment, changes);
  changes.push_back(Drop<FindingRow>(row.key()));
}

AgentRow::Drill DrillFrom(const v1::DrillFacts& facts) {
  static constexpr std::int64_t kMost = 1'000;
  const auto count = [](std::int64_t number) { return std::clamp(number, std::int64_t{0}, kMost); };
  return {.began_ms = std::max(facts.began_ms(), std::int64_t{0}),
          .all = facts.all(),
          .passed = count(facts.passed()),
          .failed = count(facts.failed()),
          .skipped = count(facts.skipped())};
}

absl::Status ApplyReport(const FleetState& state, const v1::FindingReport& report, const Said& said, AgentRow& agent,
                         const Moment& moment, std::vector<Change>& changes) {
  const std::vector<RowPtr<FindingRow>> gone = GoneRows(state, agent.id, said);
  if (!gone.empty()) ForgetOldestResolved(state, agent.id, gone.size(), changes);
  for (const auto& row : gone) ApplyGone(state, agent, *row, moment, changes);
  for (const auto& [fingerprint, finding] : said.found) ApplyFound(state, agent, finding, moment, changes);
  std::int64_t total = 0;
  for (const std::int64_t count : agent.findings_by_severity) total += count;
  if (total > kMaxFindings) {
    return ResourceExhausted("more than 10000 open findings of one machine; send the most severe ones");
  }
  agent.repairing = report.repairing();
  agent.omitted_findings = std::max(report.omitted(), std::int64_t{0});
  if (report.roots_size() > 0) SetRootTotals(report.roots(), agent);
  if (report.has_last_drill()) agent.last_drill = DrillFrom(report.last_drill());
  return absl::OkStatus();
}

// Fills the decision for a report that is in order, or says why it is not.
absl::Status Take(const FleetState& state, const LinkRow& link, const v1::FindingReport& report, const Moment& moment,
                  std::vector<Change>& changes) {
  RETURN_IF_ERROR(CheckSequence(link, report));
  ASSIGN_OR_RETURN(std::vector<FindingPtr> findings, FindingsFrom(report));
  LinkRow row = WithPart(link, report, std::move(findings));
  row.last_sequence = report.sequence();
  if (!report.more()) {
    const RowPtr<AgentRow> known = state.Agent(link.agent_id);
    AgentRow agent = *known;
    RETURN_IF_ERROR(ApplyReport(state, report, SaidBy(row, report), agent, moment, changes));
    if (!(agent == *known)) changes.push_back(Put(std::move(agent)));
    row.complete = true;
    row.parts.clear();
    row.unknown_paths.clear();
    row.buffered = 0;
  }
  changes.push_back(Put(std::move(row)));
  return absl::OkStatus();
}

}  // namespace

Decision DecideReport(const FleetState& state, const ReportReceived& event, const Moment& moment) {
  Decision decision;
  const RowPtr<LinkRow> link = state.Link(event.stream);
  if (link == nullptr) {
    decision.status = FailedPrecondition("a report came on a stream without Hello");
    Refuse(event.stream, decision.status, decision);
    return decision;
  }
  const bool repeated = event.report.sequence() > 0 && event.report.sequence() <= link->last_sequence;
  if (!repeated) decision.status = Take(state, *link, event.report, moment, decision.changes);
  if (!decision.status.ok()) {
    decision.changes.clear();
    Refuse(event.stream, decision.status, decision);
    return decision;
  }
  SendMessage ack{event.stream, {}};
  ack.message.mutable_report_ack()->set_sequence(event.report.sequence());
  decision.effects.emplace_back(std::move(ack));
  return decision;
}

}  // namespace fleet::coordinator

#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/finding_wire.h"
#include "common/status.h"
#include "coordinator/core/core.h"
#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_store.h"

namespace fleet::coordinator {

inline constexpr auto kSecond = std::chrono::seconds(1);
inline constexpr auto kHour = std::chrono::hours(1);

// Everything that the core let out.
class RecordingOutputs final : public CoreOutputs {
 public:
  void SendToStream(StreamId stream, v1::CoordinatorMessage message) override {
    sent.emplace_back(stream, std::move(message));
  }
  void CloseStream(StreamId stream, const absl::Status& why) override { closed.emplace_back(stream, why); }
  void DeliverNotice(const std::string& channel, const NoticeKey& key, Notice notice) override {
    notices.push_back({channel, key, std::move(notice)});
  }
  void FleetChanged(const FleetEvent& event) override { events.push_back(event); }

  std::vector<std::pair<StreamId, v1::CoordinatorMessage>> sent;
  std::vector<std::pair<StreamId, absl::Status>> closed;
  std::vector<FleetEvent> events;
  std::vector<SendNotice> notices;
};

inline Finding MakeFinding(const std::string& fingerprint, Severity severity = Severity::kP2,
                           const std::string& code = "session.hidden", const std::string& repair = "R-INDEX") {
  Finding finding;
  finding.fingerprint = fingerprint;
  finding.severity = severity;
  finding.code = code;
  finding.repair = repair;
  finding.subject_id = "subject of " + fingerprint;
  finding.evidence["size"] = std::int64_t{7};
  return finding;
}

inline v1::Action RepairOf(const std::vector<std::string>& repairs = {}) {
  v1::Action action;
  action.mutable_repair()->mutable_repairs()->Assign(repairs.begin(), repairs.end());
  return action;
}

inline v1::Selector Everyone() {
  v1::Selector selector;
  selector.set_all(true);
  return selector;
}

// A core with a fake clock and ids that count. Each call runs the turns that it causes.
class Brain {
 public:
  Brain() { Restart(); }
  ~Brain() { executor.RunDue(); }

  // As after a crash: only what the store has remains.
  void Restart() {
    executor.RunDue();
    core.reset();
    DecideSettings settings;
    settings.escalation = escalation;
    settings.new_id = [this](std::string_view prefix) {
      std::string number = std::to_string(++ids_);
      return std::string(prefix) + "_" + std::string(6 - std::min<std::size_t>(6, number.size()), '0') + number;
    };
    core = std::make_unique<Core>(CoreParts{executor, clock, store, outputs, std::move(settings)});
    load_status = core->Load();
  }

  absl::Status Do(Event event) {
    absl::Status result = Internal("not answered");
    core->Handle(std::move(event), [&result](const absl::Status& status) { result = status; });
    executor.RunDue();
    return result;
  }

  absl::Status Attach(int stream, const std::string& agent) {
    AgentAttached event{StreamId(stream), {}};
    event.hello.set_agent_id(agent);
    event.hello.set_host_name("host-" + agent);
    event.hello.set_protocol_version(kProtocolVersion);
    sequence_[stream] = 0;
    return Do(std::move(event));
  }
  absl::Status Detach(int stream) { return Do(AgentDetached{StreamId(stream)}); }

  v1::FindingReport NextReport(int stream, bool full) {
    v1::FindingReport report;
    report.set_sequence(++sequence_[stream]);
    report.set_full(full);
    return report;
  }
  absl::Status Report(int stream, v1::FindingReport report) {
    return Do(ReportReceived{StreamId(stream), std::move(report)});
  }
  absl::Status Full(int stream, const std::vector<Finding>& findings) {
    v1::FindingReport report = NextReport(stream, true);
    for (const Finding& finding : findings) *report.add_found() = ToWire(finding);
    return Report(stream, std::move(report));
  }
  absl::Status Difference(int stream, const std::vector<Finding>& found, const std::vector<std::string>& gone) {
    v1::FindingReport report = NextReport(stream, false);
    for (const Finding& finding : found) *report.add_found() = ToWire(finding);
    for (const std::string& fingerprint : gone) report.add_gone_fingerprints(fingerprint);
    return Report(stream, std::move(report));
  }

  absl::Status Update(int stream, const std::string& command, v1::CommandState state, const std::string& summary = "") {
    CommandUpdateReceived event{StreamId(stream), {}};
    event.update.set_command_id(command);
    event.update.set_state(state);
    if (!summary.empty()) event.update.mutable_result()->set_summary(summary);
    return Do(std::move(event));
  }

  absl::Status Acknowledge(const std::string& incident, const std::string& owner, std::int64_t lease_ms = 0,
                           const std::string& note = "") {
    IncidentAcknowledged event;
    event.request.set_incident_id(incident);
    event.request.set_owner(owner);
    event.request.set_lease_ms(lease_ms);
    event.request.set_note(note);
    return Do(std::move(event));
  }
  absl::Status Release(const std::string& incident, const std::string& author) {
    IncidentReleased event;
    event.request.set_incident_id(incident);
    event.request.set_author(author);
    return Do(std::move(event));
  }

  absl::StatusOr<DispatchView> Start(v1::StartDispatchRequest request) {
    absl::StatusOr<DispatchView> answer = Internal("not answered");
    core->StartDispatch(std::move(request), [&answer](absl::StatusOr<DispatchView> view) { answer = std::move(view); });
    executor.RunDue();
    return answer;
  }
  absl::StatusOr<DispatchView> Start(const v1::Selector& selector, const v1::Action& action) {
    v1::StartDispatchRequest request;
    *request.mutable_selector() = selector;
    *request.mutable_action() = action;
    return Start(std::move(request));
  }
  absl::StatusOr<DispatchView> Cancel(const std::string& dispatch) {
    absl::StatusOr<DispatchView> answer = Internal("not answered");
    core->CancelDispatch(dispatch, [&answer](absl::StatusOr<DispatchView> view) { answer = std::move(view); });
    executor.RunDue();
    return answer;
  }

  // The state now; valid until the next call.
  const FleetState& state() {
    const FleetState* state = nullptr;
    core->Read([&state](const FleetState& now) { state = &now; });
    executor.RunDue();
    return *state;
  }
  // The only open incident, or the latest of a fault.
  RowPtr<IncidentRow> Latest(const std::string& agent, const std::string& fingerprint) {
    return state().LatestIncident({agent, fingerprint});
  }
  std::vector<std::string> Timeline(const std::string& incident) {
    std::vector<std::string> lines;
    for (const auto& line : GetTimeline(incident)) lines.push_back(line->what);
    return lines;
  }
  std::vector<RowPtr<TimelineRow>> GetTimeline(const std::string& incident) {
    std::vector<RowPtr<TimelineRow>> lines;
    for (const auto& [key, line] : state().timeline()) {
      if (key.incident_id == incident) lines.push_back(line);
    }
    return lines;
  }

  EscalationPlan escalation;  // from the next restart on
  FakeClock clock;
  ManualExecutor executor{clock};
  MemoryStore store;
  RecordingOutputs outputs;
  std::unique_ptr<Core> core;
  absl::Status load_status;

 private:
  int ids_ = 0;
  std::map<int, std::uint64_t> sequence_;
};

}  // namespace fleet::coordinator

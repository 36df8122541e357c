#include "coordinator/core/decide.h"

namespace fleet::coordinator {

Decision Decide(const FleetState& state, const Event& event, const Moment& moment) {
  struct Visitor {
    const FleetState& state;
    const Moment& moment;
    Decision operator()(const AgentAttached& e) { return DecideAttached(state, e, moment); }
    Decision operator()(const AgentDetached& e) { return DecideDetached(state, e, moment); }
    Decision operator()(const ConnectivityChanged& e) { return DecideConnectivity(state, e, moment); }
    Decision operator()(const ReportReceived& e) { return DecideReport(state, e, moment); }
    Decision operator()(const CommandUpdateReceived& e) { return DecideCommandUpdate(state, e, moment); }
    Decision operator()(const DispatchStarted& e) { return DecideStart(state, e, moment); }
    Decision operator()(const DispatchCancelled& e) { return DecideCancel(state, e, moment); }
    Decision operator()(const IncidentAcknowledged& e) { return DecideAcknowledge(state, e, moment); }
    Decision operator()(const IncidentReleased& e) { return DecideRelease(state, e, moment); }
    Decision operator()(const IncidentNoted& e) { return DecideNote(state, e, moment); }
    Decision operator()(const NoticeAttempted& e) { return DecideAttempted(state, e, moment); }
    Decision operator()(const TimerDue&) { return DecideDeadline(state, moment); }
  };
  return std::visit(Visitor{state, moment}, event);
}

}  // namespace fleet::coordinator

#include "coordinator/ctl/dispatch_wait.h"

#include "coordinator/ctl/dispatch_text.h"

namespace fleet::coordinator {

namespace {

// As many failures in a row as are taken for a restart of the coordinator: a minute of half-seconds.
constexpr int kMaxFailures = 120;

bool MayPass(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded;
}

}  // namespace

Outcome ShowWhenEnded(Session& session, const std::string& dispatch_id) {
  v1::GetDispatchRequest request;
  request.set_dispatch_id(dispatch_id);
  for (int failures = 0;;) {
    const auto dispatch = session.client.Call(&FleetClient::Stub::GetDispatch, request);
    if (dispatch.ok() && dispatch->state() == v1::DISPATCH_STATE_ENDED) {
      session.Print(*dispatch, DispatchText(*dispatch, session.screen));
      return AllSucceeded(*dispatch) ? kFine : kSomethingIsWrong;
    }
    failures = dispatch.ok() ? 0 : failures + 1;
    if (!dispatch.ok() && (!MayPass(dispatch.status()) || failures > kMaxFailures)) return dispatch.status();
    if (failures == 1) session.Note("the coordinator does not answer; trying again");
    session.Pause();
  }
}

}  // namespace fleet::coordinator

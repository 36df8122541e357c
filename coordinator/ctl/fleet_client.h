#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "dgmo/fleet/v1/fleet_admin.grpc.pb.h"

namespace fleet::coordinator {

namespace v1 = ::dgmo::fleet::v1;

// Asks a coordinator. One thread; calls block until the answer or the time limit. Errors say who was asked and what
// to do: Unavailable (nobody there), DeadlineExceeded (no answer in time), or what the coordinator answered.
class FleetClient {
 public:
  using Stub = v1::FleetAdmin::Stub;

  FleetClient(const std::string& address, std::chrono::milliseconds timeout);

  template <class Request, class Reply>
  absl::StatusOr<Reply> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                             const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout_);
    Reply reply;
    const grpc::Status status = ((*stub_).*method)(&context, request, &reply);
    if (!status.ok()) return Explain(status);
    return reply;
  }

  // Every page of a list, joined.
  template <class Request, class Reply>
  absl::StatusOr<Reply> CallAllPages(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                                     Request request) {
    Reply all;
    for (;;) {
      absl::StatusOr<Reply> page = Call(method, request);
      if (!page.ok()) return page.status();
      const std::string next = page->next_page_token();
      all.MergeFrom(*page);
      all.clear_next_page_token();
      if (next.empty() || next == request.page_token()) return all;
      request.set_page_token(next);
    }
  }

  // For the one call that streams; it has no time limit.
  Stub& stub() { return *stub_; }
  // Waits at most `limit` for a connection.
  bool WaitForConnection(std::chrono::milliseconds limit);
  absl::Status Explain(const grpc::Status& status) const;

 private:
  const std::string address_;
  const std::chrono::milliseconds timeout_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace fleet::coordinator

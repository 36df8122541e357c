#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <utility>

#include "common/grpc_status.h"
#include "common/mutex.h"

namespace fleet::coordinator {

// A unary call that is answered later, by another thread. Finishes exactly once: with its answer, or when the caller
// cancels or the server stops. Keeps itself alive until gRPC is done with it.
template <class Reply>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // `under_way` counts the calls that are not done yet.
  static std::shared_ptr<UnaryCall> Start(Reply* reply, std::shared_ptr<std::atomic<int>> under_way) {
    auto call = std::shared_ptr<UnaryCall>(new UnaryCall(reply, std::move(under_way)));
    call->self_ = call;
    return call;
  }
  ~UnaryCall() override { --*under_way_; }

  // Any thread; without effect after a cancel.
  void Answer(absl::StatusOr<Reply> answer) {
    if (answer.ok()) {
      Once(grpc::Status::OK, &*answer);
    } else {
      Once(ToGrpc(answer.status()), nullptr);
    }
  }

 private:
  UnaryCall(Reply* reply, std::shared_ptr<std::atomic<int>> under_way)
      : reply_(reply), under_way_(std::move(under_way)) {
    ++*under_way_;
  }
  void OnCancel() override { Once(grpc::Status::CANCELLED, nullptr); }
  void OnDone() override { auto last = std::move(self_); }
  void Once(const grpc::Status& status, Reply* answer) {
    MutexLock lock(mu_);
    if (finished_) return;
    finished_ = true;
    if (answer != nullptr) *reply_ = std::move(*answer);
    Finish(status);
  }

  Reply* const reply_;
  const std::shared_ptr<std::atomic<int>> under_way_;
  std::shared_ptr<UnaryCall> self_;
  Mutex mu_;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator

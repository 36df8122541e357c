#include "coordinator/gateway/agent_stream.h"

#include <utility>

namespace fleet::coordinator {

void AgentStream::ReadNext() {
  MutexLock lock(mu_);
  if (!closing_) StartRead(&in_);
}

bool AgentStream::Send(v1::CoordinatorMessage message) {
  MutexLock lock(mu_);
  if (closing_ || queue_.size() >= kMaxQueued) return false;
  queue_.push_back(std::move(message));
  Advance();
  return true;
}

void AgentStream::Close(grpc::Status status) {
  MutexLock lock(mu_);
  CloseLocked(std::move(status));
}

void AgentStream::Abort(grpc::Status status) {
  MutexLock lock(mu_);
  CloseLocked(std::move(status));
  if (writing_ && !done_) context_.TryCancel();  // fails the write, which lets Advance finish
}

void AgentStream::CloseLocked(grpc::Status status) {
  if (closing_) return;
  closing_ = true;
  status_ = std::move(status);
  queue_.clear();
  Advance();
}

bool AgentStream::closing() const {
  MutexLock lock(mu_);
  return closing_;
}

void AgentStream::SetAgent(std::string agent_id) {
  MutexLock lock(mu_);
  agent_id_ = std::move(agent_id);
}

std::string AgentStream::agent_id() const {
  MutexLock lock(mu_);
  return agent_id_;
}

void AgentStream::OnReadDone(bool ok) {
  if (!ok) return Close(grpc::Status::OK);  // the agent half-closed, or the connection is gone
  events_.OnMessage(shared_from_this(), std::move(in_));
}

void AgentStream::OnWriteDone(bool ok) {
  MutexLock lock(mu_);
  writing_ = false;
  if (!ok) CloseLocked(grpc::Status::CANCELLED);
  Advance();
}

void AgentStream::OnDone() {
  {
    MutexLock lock(mu_);
    done_ = true;
  }
  events_.OnClosed(shared_from_this());
}

void AgentStream::Advance() {
  if (finished_ || writing_) return;
  if (!queue_.empty()) {
    out_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    StartWrite(&out_);
  } else if (closing_) {
    finished_ = true;
    Finish(status_);
  }
}

}  // namespace fleet::coordinator

#include "agent/link/coordinator_stream.h"

#include <utility>

namespace fleet::agent {

std::shared_ptr<CoordinatorStream> CoordinatorStream::Start(v1::AgentGateway::Stub& stub, Sink sink) {
  std::shared_ptr<CoordinatorStream> stream(new CoordinatorStream(std::move(sink)));
  stream->self_ = stream;
  stub.async()->Attach(&stream->context_, stream.get());
  stream->AddHold();
  stream->StartRead(&stream->in_);
  stream->StartCall();
  return stream;
}

void CoordinatorStream::Send(v1::AgentMessage message) {
  MutexLock lock(mu_);
  if (!held_ || half_close_) return;
  if (queue_.size() >= kMaxQueue) {
    context_.TryCancel();
    LetGo();
    return;
  }
  queue_.push_back(std::move(message));
  Advance();
}

void CoordinatorStream::ReadNext() {
  MutexLock lock(mu_);
  if (held_) StartRead(&in_);
}

void CoordinatorStream::HalfClose() {
  MutexLock lock(mu_);
  if (!held_ || half_close_) return;
  half_close_ = true;
  Advance();
}

void CoordinatorStream::Cancel() {
  MutexLock lock(mu_);
  if (!held_) return;
  context_.TryCancel();
  LetGo();
}

void CoordinatorStream::OnReadDone(bool ok) {
  if (ok) return sink_.message(std::move(in_));
  MutexLock lock(mu_);
  LetGo();
}

void CoordinatorStream::OnWriteDone(bool ok) {
  MutexLock lock(mu_);
  writing_ = false;
  // After a write that failed the read fails too, and ends it.
  if (ok) Advance();
}

void CoordinatorStream::OnDone(const grpc::Status& status) {
  const std::shared_ptr<CoordinatorStream> last = std::move(self_);
  sink_.done(status);
}

void CoordinatorStream::Advance() {
  if (writing_ || !held_) return;
  if (!queue_.empty()) {
    out_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    StartWrite(&out_);
  } else if (half_close_) {
    writing_ = true;  // for good
    StartWritesDone();
  }
}

void CoordinatorStream::LetGo() {
  if (!std::exchange(held_, false)) return;
  queue_.clear();
  RemoveHold();
}

}  // namespace fleet::agent

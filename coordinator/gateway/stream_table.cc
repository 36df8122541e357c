#include "coordinator/gateway/stream_table.h"

#include <utility>

#include "common/grpc_status.h"
#include "common/status.h"

namespace fleet::coordinator {

namespace {

constexpr std::chrono::seconds kHelloWithin{10};
constexpr std::chrono::seconds kGoneWithin{5};

}  // namespace

std::shared_ptr<AgentStream> StreamTable::Open(grpc::CallbackServerContext& context, StreamEvents& events,
                                               std::size_t limit) {
  MutexLock lock(mu_);
  if (closed_ || streams_.size() >= limit) return nullptr;
  const StreamId id{next_++};
  auto stream = std::make_shared<AgentStream>(id, context, events);
  streams_.emplace(id, stream);
  patience_.emplace(clock_.Mono() + kHelloWithin, id);
  return stream;
}

void StreamTable::Drop(StreamId id) {
  std::shared_ptr<AgentStream> dropped;  // destroyed after the lock
  MutexLock lock(mu_);
  const auto entry = streams_.find(id);
  if (entry == streams_.end()) return;
  dropped = std::move(entry->second);
  streams_.erase(entry);
}

std::shared_ptr<AgentStream> StreamTable::Find(StreamId id) const {
  MutexLock lock(mu_);
  const auto entry = streams_.find(id);
  return entry == streams_.end() ? nullptr : entry->second;
}

void StreamTable::Send(StreamId id, v1::CoordinatorMessage message) {
  const auto stream = Find(id);
  if (stream == nullptr || stream->Send(std::move(message))) return;
  stream->Abort(ToGrpc(ResourceExhausted("the agent does not read what it is sent; attach again")));
}

void StreamTable::Close(StreamId id, const absl::Status& why) {
  const auto stream = Find(id);
  if (stream == nullptr) return;
  stream->Close(ToGrpc(why));
  MutexLock lock(mu_);
  patience_.emplace(clock_.Mono() + kGoneWithin, id);
}

void StreamTable::CloseAll(const absl::Status& why) {
  std::vector<std::shared_ptr<AgentStream>> streams;
  {
    MutexLock lock(mu_);
    closed_ = true;
    streams.reserve(streams_.size());
    for (const auto& [id, stream] : streams_) streams.push_back(stream);
  }
  for (const auto& stream : streams) stream->Close(ToGrpc(why));
}

std::vector<std::shared_ptr<AgentStream>> StreamTable::TakeImpatient() {
  std::vector<std::shared_ptr<AgentStream>> streams;
  MutexLock lock(mu_);
  while (!patience_.empty() && patience_.begin()->first <= clock_.Mono()) {
    const auto entry = streams_.find(patience_.begin()->second);
    if (entry != streams_.end()) streams.push_back(entry->second);
    patience_.erase(patience_.begin());
  }
  return streams;
}

void StreamTable::CheckPatience() {
  for (const auto& stream : TakeImpatient()) {
    if (stream->closing()) {
      stream->Abort(grpc::Status::CANCELLED);
    } else if (stream->agent_id().empty()) {
      Close(stream->id(), absl::DeadlineExceededError("no Hello within 10 s; say Hello first"));
    }
  }
}

std::size_t StreamTable::size() const {
  MutexLock lock(mu_);
  return streams_.size();
}

}  // namespace fleet::coordinator

#pragma once

#include <absl/status/status.h>

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "coordinator/gateway/agent_stream.h"

namespace fleet::coordinator {

// The open streams by id, and the time by which each must have got somewhere: a new one must have said Hello, a
// closing one must be gone. Any thread. Owns the streams until their OnClosed.
class StreamTable {
 public:
  explicit StreamTable(const Clock& clock) : clock_(clock) {}

  // Null when there are `limit` streams already, or after CloseAll.
  std::shared_ptr<AgentStream> Open(grpc::CallbackServerContext& context, StreamEvents& events, std::size_t limit);
  void Drop(StreamId id);

  // A stream that is gone is ignored; one that cannot take the message is closed.
  void Send(StreamId id, v1::CoordinatorMessage message);
  void Close(StreamId id, const absl::Status& why);
  void CloseAll(const absl::Status& why);

  // Closes the streams that said no Hello in time, and cancels the ones that do not go.
  void CheckPatience();

  std::size_t size() const;

 private:
  std::shared_ptr<AgentStream> Find(StreamId id) const ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<std::shared_ptr<AgentStream>> TakeImpatient() ABSL_LOCKS_EXCLUDED(mu_);

  const Clock& clock_;
  mutable Mutex mu_;
  std::unordered_map<StreamId, std::shared_ptr<AgentStream>> streams_ ABSL_GUARDED_BY(mu_);
  std::multimap<MonoTime, StreamId> patience_ ABSL_GUARDED_BY(mu_);
  std::uint64_t next_ ABSL_GUARDED_BY(mu_) = 1;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace fleet::coordinator
